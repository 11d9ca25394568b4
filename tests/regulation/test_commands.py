"""`redress procedure`: begin a file, check it, compare two, read one as a page."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from libs.procedures.schema import ProcedureBook
from redress.main import main
from redress.regulation.books import index_of
from redress.regulation.telling import languages

Command = Callable[..., tuple[int, str]]
TUTORIAL = Path("docs/first-procedure.md")


@pytest.fixture
def procedure(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Command:
    """Runs `redress procedure ...`; exit code and everything it said."""

    def run(*arguments: object) -> tuple[int, str]:
        monkeypatch.setattr("sys.argv", ["redress", "procedure", *map(str, arguments)])
        with pytest.raises(SystemExit) as leaving:
            main()
        said = capfd.readouterr()
        return int(leaving.value.code or 0), said.out + said.err

    return run


def blocks() -> list[str]:
    """The files that the tutorial has its reader write."""
    return re.findall(r"```yaml\n(.*?)```", TUTORIAL.read_text(encoding="utf-8"), re.DOTALL)


@pytest.fixture
def hotel(tmp_path: Path) -> Path:
    path = tmp_path / "hotel-chain.yaml"
    path.write_text(blocks()[0], encoding="utf-8")
    return path


def test_what_new_writes_is_good_and_never_overwritten(procedure, tmp_path):
    path = tmp_path / "club.yaml"

    assert procedure("new", "club", "-o", path) == (0, f"wrote {path}\n")
    assert procedure("check", path)[0] == 0
    path.write_text("mine", encoding="utf-8")
    code, said = procedure("new", "club", "-o", path)
    assert code == 1
    assert "left as it is" in said
    assert path.read_text(encoding="utf-8") == "mine"


def test_a_name_that_is_no_id_is_refused(procedure, tmp_path):
    code, said = procedure("new", "My Club", "-o", tmp_path / "x.yaml")

    assert code == 2
    assert "small letters" in said


def test_a_fault_is_told_with_file_and_line(procedure, hotel):
    text = hotel.read_text(encoding="utf-8").replace("needs: {by: manager}", "needs: {by: manger}")
    hotel.write_text(text, encoding="utf-8")
    line = text[: text.index("manger")].count("\n") + 1

    code, said = procedure("check", hotel)

    assert code == 1
    assert f"{hotel}:{line}: rules[0].needs.by: 'manger' is not known here" in said
    assert "did you mean 'manager'?" in said


def test_two_versions_differ_in_words(procedure, hotel, tmp_path):
    newer = tmp_path / "newer.yaml"
    text = hotel.read_text(encoding="utf-8").replace("24, unit: hours", "12, unit: hours")
    newer.write_text(text.partition("  - id: friendly-words")[0], encoding="utf-8")

    code, said = procedure("diff", hotel, newer)
    assert code == 1
    assert said.splitlines() == [
        "Time limits answer: changed",
        "    limit: 24 hours -> 12 hours",
        "Rules friendly-words: gone",
        "    title: Say sorry first, ask then",
        "    at: [report_progress, answer]",
    ]
    assert "24 小时 -> 12 小时" in procedure("diff", hotel, newer, "--language", "zh-Hans")[1]
    changes = json.loads(procedure("diff", hotel, newer, "--json")[1])
    assert [(each["section"], each["item"], each["what"]) for each in changes] == [
        ("clocks", "answer", "changed"),
        ("rules", "friendly-words", "removed"),
    ]


def test_the_order_of_items_is_no_difference(procedure, hotel, tmp_path):
    entries = yaml.safe_load(hotel.read_text(encoding="utf-8"))
    entries["rules"].reverse()
    other = tmp_path / "other.yaml"
    other.write_text(yaml.safe_dump(entries, allow_unicode=True), encoding="utf-8")

    assert procedure("diff", hotel, other) == (0, "No difference\n")


def test_a_page_shows_every_step_clock_and_rule_in_both_languages(procedure, hotel, tmp_path):
    code, _ = procedure("docs", hotel, "-o", tmp_path / "pages")

    assert code == 0
    for language, title, limit in (
        ("en", "Answer to the guest", "24 hours"),
        ("zh-Hans", "答复客人", "24 小时"),
    ):
        page = (tmp_path / "pages" / f"hotel-chain.{language}.html").read_text(encoding="utf-8")
        assert title in page
        assert limit in page
        assert page.count('class="badge"') == 3
        assert page.count('class="order"') == 2
        assert "call-back-before-close" in page


def test_a_page_takes_no_text_for_markup(procedure, hotel, tmp_path):
    text = hotel.read_text(encoding="utf-8").replace(
        "Hotel complaints", "<script>alert(1)</script>"
    )
    hotel.write_text(text, encoding="utf-8")
    procedure("docs", hotel, "-o", tmp_path)

    page = (tmp_path / "hotel-chain.en.html").read_text(encoding="utf-8")
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_every_shipped_procedure_becomes_a_page_and_the_index_is_current(procedure, tmp_path):
    code, said = procedure("docs", "-o", tmp_path)
    book = ProcedureBook(Path("procedures"))

    assert code == 0
    assert f"wrote {2 * len(book.ids) + 1} files" in said
    index = index_of([book.get(name) for name in book.ids])
    assert (tmp_path / "README.md").read_text(encoding="utf-8") == index
    # Written anew by: redress procedure docs -o docs/procedures (pages stay out of the repository)
    assert Path("docs/procedures/README.md").read_text(encoding="utf-8") == index


def test_every_page_finds_its_words_in_both_languages():
    spoken = languages()

    assert set(spoken) == {"zh-Hans", "en"}
    assert spoken["en"].words.keys() == spoken["zh-Hans"].words.keys()


def test_coverage_names_what_is_missing_and_what_only_advises(procedure, hotel, tmp_path):
    reference = tmp_path / "reference"
    reference.mkdir()
    (reference / "hotel-chain.yaml").write_text(
        "clocks: [{id: answer}, {id: second-answer}]\nrules: [{id: friendly-words}]\n",
        encoding="utf-8",
    )

    code, said = procedure("coverage", reference, "--procedures", hotel.parent, "--json")

    assert code == 1
    found = json.loads(said)
    assert found["missing"] == {"hotel-chain": ["clocks/second-answer"]}
    assert [advice["rule"] for advice in found["guidance_only"]] == ["friendly-words"]
    assert found["guidance_only"][0]["shown_at"] == ["report_progress", "answer"]


def test_the_told_case_of_the_tutorial_comes_out_as_told(hotel, tmp_path, monkeypatch, capfd):
    (tmp_path / "told").mkdir()
    (tmp_path / "told" / "late-evening.yaml").write_text(blocks()[1], encoding="utf-8")
    arguments = ["scenario", "run", str(tmp_path / "told"), "--procedures", str(tmp_path)]
    monkeypatch.setattr("sys.argv", ["redress", *arguments])

    with pytest.raises(SystemExit) as leaving:
        main()

    assert leaving.value.code in {0, None}
    assert "1 passed, 0 failed" in capfd.readouterr().out
