"""A program with OpenAI's own client: it reads one stream, and says what it sees a line at a time.

    python -m hive_resilience.runtime.cli.demo.reader http://127.0.0.1:8080/v1 auto

`from MODEL`, `word TEXT` for each chunk, and then `end REASON`, or `error CLASS: MESSAGE`.
"""

from __future__ import annotations

import sys
from importlib.util import find_spec

_QUESTION = "Tell me about the hive."
# With this seed the demonstration's servers have much to say.
_SEED = 8


def main(url: str, model: str) -> None:
    """Read the answer of `model` at `url` to its end, or to its error."""
    from openai import OpenAI, OpenAIError

    client = OpenAI(base_url=url, api_key="none", max_retries=0)
    try:
        answer = client.chat.completions.with_raw_response.create(
            model=model,
            messages=[{"role": "user", "content": _QUESTION}],
            stream=True,
            seed=_SEED,
        )
        _say("from", str(answer.headers.get("x-hive-model")))
        reason = None
        for chunk in answer.parse():
            choice = chunk.choices[0]
            if choice.delta.content:
                _say("word", choice.delta.content)
            reason = choice.finish_reason or reason
        _say("end", str(reason))
    except OpenAIError as error:
        _say("error", f"{type(error).__name__}: {error}")


def _say(kind: str, text: str) -> None:
    print(kind, " ".join(text.split()), flush=True)


if __name__ == "__main__":
    if find_spec("openai") is None:
        sys.exit("this demonstration needs OpenAI's client: pip install 'hive-resilience[openai]'")
    main(*sys.argv[1:])
