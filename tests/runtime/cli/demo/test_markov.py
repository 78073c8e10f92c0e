from __future__ import annotations

from importlib.resources import files

import pytest

from hive_resilience.runtime.cli.demo.markov import MarkovChain, join, tokenize

CORPUS = files("hive_resilience.runtime.cli.demo").joinpath("corpus.txt").read_text("utf-8")


def runs_of_the_corpus(text: str, length: int) -> float:
    """The share of the text's runs of words that stand in the corpus just so."""
    known, words = tokenize(CORPUS.casefold()), tokenize(text.casefold())
    runs = {tuple(known[at : at + length]) for at in range(len(known))}
    found = [tuple(words[at : at + length]) in runs for at in range(len(words) - length + 1)]
    return sum(found) / len(found)


def test_the_same_prompt_and_seed_give_the_same_text() -> None:
    first, second = (MarkovChain(CORPUS, order=2) for _ in range(2))

    assert first.write("the hive", max_tokens=50, seed=7) == second.write(
        "the hive", max_tokens=50, seed=7
    )


def test_other_seeds_give_other_texts() -> None:
    chain = MarkovChain(CORPUS, order=2)

    texts = {chain.write("the hive", max_tokens=50, seed=seed).text for seed in range(20)}

    assert len(texts) > 15


def test_a_text_goes_on_from_the_last_word_that_is_known() -> None:
    chain = MarkovChain("The cat sleeps. A dog barks.", order=2)

    text = chain.write("A cat? No, a DOG, xyzzy!", max_tokens=9, seed=1, sentences=1)

    assert text.text == "barks."


def test_a_prompt_without_a_known_word_begins_a_sentence() -> None:
    chain = MarkovChain("The cat sleeps. The cat sleeps.", order=3)

    assert chain.write("", max_tokens=9, seed=1, sentences=1).text == "The cat sleeps."
    assert chain.write("xyzzy ...", max_tokens=9, seed=1, sentences=1).text == "The cat sleeps."


@pytest.mark.parametrize("corpus", ["word", "no full stop", "one one one", "."])
def test_the_end_of_the_corpus_is_not_the_end_of_the_text(corpus: str) -> None:
    assert MarkovChain(corpus, order=3).write("stop", max_tokens=20, seed=1).tokens > 0


def test_a_text_that_reaches_its_limit_is_not_finished() -> None:
    chain = MarkovChain(CORPUS, order=2)

    short = chain.write("the hive", max_tokens=3, seed=1)
    whole = chain.write("the hive", max_tokens=5000, seed=1)

    assert (short.tokens, short.finished) == (3, False)
    assert whole.finished
    assert whole.text[-1] in ".!?"


def test_a_longer_look_back_writes_better_english() -> None:
    quality = [
        sum(
            runs_of_the_corpus(chain.write("", max_tokens=400, seed=seed, sentences=30).text, 4)
            for seed in range(3)
        )
        for chain in (MarkovChain(CORPUS, order=order) for order in (1, 2, 3))
    ]

    assert quality[0] < quality[1] < quality[2]


@pytest.mark.parametrize(("corpus", "order"), [("", 1), ("  ", 2), ("word", 0)])
def test_a_chain_needs_words_and_an_order(corpus: str, order: int) -> None:
    with pytest.raises(ValueError, match=r"corpus|order"):
        MarkovChain(corpus, order=order)


def test_joining_undoes_tokenizing() -> None:
    text = "The bees, it's said, fly; do they? Yes: they do."

    assert join(tokenize(text)) == text
