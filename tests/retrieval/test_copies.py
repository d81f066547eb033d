from corpora import document
from leadline.retrieval.copies import copies


def test_the_shortest_file_name_is_the_original_wherever_it_lies() -> None:
    names = ["Copy of minutes.md", "minutes (1).md", "old/2019/minutes.md", "minutes - copy.md"]
    texts = [document("Minutes", "The board met.", uri=name) for name in names]
    other = document("Minutes", "The board met again.", uri="m.md")
    assert copies([*texts, other]) == {texts[i].id: texts[2].id for i in (0, 1, 3)}


def test_of_equal_names_the_one_in_fewer_folders_is_the_original_then_the_first() -> None:
    deep, flat = (document("A", "Same.", uri=uri) for uri in ("a/b/x.txt", "z/x.txt"))
    assert copies([deep, flat]) == {deep.id: flat.id}
    first, second = (document("A", "Same.", uri=uri) for uri in ("a/x.txt", "b/x.txt"))
    assert copies([second, first]) == {second.id: first.id}
