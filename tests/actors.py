"""Scripted models that play a team: what is said depends on who is asked, and on how far the talk has come."""

import json

from leadline.models.scripted import ScriptedModel


def actor(researcher=None, **parts):
    """A model that answers a researcher's prompts with `researcher(question, n_results, messages)`, and every other
    prompt by the words that its rules begin with: actor(..., You_plan={"steps": [...]}). A list is said one by one."""
    lines = {
        name.replace("_", " "): iter(said) if isinstance(said, list) else said for name, said in parts.items()
    }

    def say(messages):
        rules = messages[0].content
        for start, said in lines.items():
            if rules.startswith(start):
                if callable(said):
                    said = said(messages)
                return json.dumps(next(said) if hasattr(said, "__next__") else said)
        assert rules.startswith("You research one question"), rules
        question = messages[1].content.split("Question: ", 1)[1]
        results = sum(m.content.startswith("<data>") for m in messages[2:])
        return json.dumps({"thought": "", **researcher(question, results, messages)})

    return ScriptedModel(say)


def search(text, **more):
    return {"action": "search", "text": text, **more}


def finish(*quotes):
    return {"action": "finish", "quotes": [q if isinstance(q, dict) else quote(q) for q in quotes]}


def quote(words, document="", sentence=""):
    return {"document": document, "words": words, "sentence": sentence}


def prompts(model):
    """Everything that the model was shown, call by call, as one text each."""
    return ["\n".join(m.content for m in messages) for messages in model.asked]
