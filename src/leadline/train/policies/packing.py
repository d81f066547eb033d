"""Rows without waste: every distinct prompt once, no padding, nothing behind the last token that is trained.

The rows of a group share their prompt, so its layers are computed once and each answer attends to its keys and values;
all other layers run on one flat sequence of tokens. Losses and gradients are those of the padded rows.

R rows, T positions, U distinct prompts of P tokens at most, C answer tokens at most, N tokens in all, H heads, D size.
A row's prompt is what stands before its first token with mask 1; its answer is the rest, tool output included.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from leadline.errors import UsageError


@dataclass(frozen=True)
class Packed:
    """N tokens: first the prompts, then the answers, less each one's last token, which predicts nothing."""

    ids: Tensor
    """[N]"""
    position: Tensor
    """[N] in its row."""
    predictor: Tensor
    """[M] which token predicts each of the M tokens with mask 1, in the rows' order."""
    prompt: Tensor
    """[U, P] place of each prompt token; any place where there is none."""
    answer: Tensor
    """[R, C] place of each answer token; any place where there is none."""
    owner: Tensor
    """[R] the prompt of each row."""
    real: Tensor
    """[N] the places in prompt and answer, both flattened, at which there is a token."""
    visible: Tensor
    """[R, 1, C, P + C] bool: what each answer token sees of its prompt and of its answer."""

    def attend(self, q: Tensor, k: Tensor, v: Tensor) -> Tensor:
        """[N, H, D] from rotated queries and keys, and values, each [N, H, D]."""
        asked, keys, values = (x[self.prompt].transpose(1, 2) for x in (q, k, v))
        seen = functional.scaled_dot_product_attention(asked, keys, values, is_causal=True)
        seen = seen.transpose(1, 2).flatten(0, 1)
        if self.answer.shape[1]:
            asked, *own = (x[self.answer].transpose(1, 2) for x in (q, k, v))
            keys, values = (
                torch.cat([x[self.owner], y], 2) for x, y in zip((keys, values), own, strict=True)
            )
            after = functional.scaled_dot_product_attention(asked, keys, values, attn_mask=self.visible)
            seen = torch.cat([seen, after.transpose(1, 2).flatten(0, 1)])
        return seen[self.real]


def pack(ids: Tensor, mask: Tensor) -> Packed:
    """Rows [R, T] as one sequence. Positions after the last 1 of a row's mask may hold anything."""
    if not ids.shape[1]:
        raise UsageError("Rows without tokens cannot be scored.")
    predicted = mask[:, 1:] > 0
    begin = first_and_last(predicted)
    start, count = begin[0] + 1, begin[1] - begin[0]
    prompts = [tuple(row[:n]) for row, n in zip(ids.tolist(), start.tolist(), strict=True)]
    number = {prompt: i for i, prompt in enumerate(dict.fromkeys(prompts))}
    owner = torch.tensor([number[prompt] for prompt in prompts])
    length = torch.tensor([len(prompt) for prompt in number])
    prompt_there, answer_there = there(length), there(count)
    prompt, answer = places(prompt_there, 0), places(answer_there, int(length.sum()))
    column = start[:, None] + torch.arange(answer.shape[1])
    prompt_ids = torch.nn.utils.rnn.pad_sequence([torch.tensor(p) for p in number], batch_first=True)
    answer_ids = ids.gather(1, column.clamp(max=ids.shape[1] - 1))
    step = torch.arange(prompt.shape[1])
    causal = torch.ones(answer.shape[1], answer.shape[1], dtype=torch.bool).tril()
    sees_prompt = prompt_there[owner][:, None].expand(-1, answer.shape[1], -1)
    visible = torch.cat([sees_prompt, causal.expand(len(ids), -1, -1)], 2)
    return Packed(
        torch.cat([prompt_ids[prompt_there], answer_ids[answer_there]]),
        torch.cat([step.expand_as(prompt)[prompt_there], column[answer_there]]),
        predictors(predicted, start, prompt[owner], answer),
        prompt,
        answer,
        owner,
        torch.cat([prompt_there.flatten(), answer_there.flatten()]).nonzero().flatten(),
        visible[:, None],
    )


def first_and_last(predicted: Tensor) -> tuple[Tensor, Tensor]:
    """[R] first and last column that is True; 0 and 0 in rows without one."""
    numbered = predicted.int()
    width = predicted.shape[1]
    if not width:
        return (torch.zeros(len(predicted), dtype=torch.long),) * 2
    any_at_all = predicted.any(1)
    last = width - 1 - numbered.flip(1).argmax(1)
    return numbered.argmax(1), torch.where(any_at_all, last, torch.zeros_like(last))


def there(length: Tensor) -> Tensor:
    """[n, longest] bool: which of the padded columns hold a token."""
    return torch.arange(int(length.max())) < length[:, None]


def places(present: Tensor, offset: int) -> Tensor:
    """[n, longest] number of each present entry in reading order, from `offset` on; 0 where nothing is."""
    numbered = present.flatten().cumsum(0).view_as(present) - 1 + offset
    return torch.where(present, numbered, torch.zeros_like(numbered))


def predictors(predicted: Tensor, start: Tensor, prompt: Tensor, answer: Tensor) -> Tensor:
    """[M] place of the token before each predicted one: the prompt's last, or one of the answer."""
    column = torch.arange(predicted.shape[1]).expand_as(predicted)
    of_prompt = prompt.gather(1, (start[:, None] - 1).expand_as(column))
    if not answer.shape[1]:
        return of_prompt[predicted]
    of_answer = answer.gather(1, (column - start[:, None]).clamp(0, answer.shape[1] - 1))
    return torch.where(column < start[:, None], of_prompt, of_answer)[predicted]
