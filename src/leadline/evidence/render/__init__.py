"""A report as Markdown and as a page. Nothing is added: what is said is a claim, the rest are quotes and labels."""

from leadline.evidence.render.html import render_html
from leadline.evidence.render.markdown import render_markdown
from leadline.evidence.render.save import render_json, save_report

__all__ = ["render_html", "render_json", "render_markdown", "save_report"]
