"""Every parameter of a notebook acts: what could take it is given it."""

import ast
import inspect
from pathlib import Path

import nbformat
import pytest

from compendium.errors import UserError
from compendium.plan import load_plan
from compendium.run.notebook import read_notebook
from compendium.run.parameters import for_notebook

ROOT = Path(__file__).parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
MEANT = {
    ("09_imbalance", "weighted"): "one of the models side by side, of which another is weighted",
    ("11_robustness", "draws"): "the simulation of sizes is fixed in its module",
    ("11_robustness", "replications"): "the simulation of sizes is fixed in its module",
}
"""Where a call does without a parameter of its notebook, and why."""


@pytest.fixture(scope="module")
def plan():
    return load_plan(ROOT)


def code_of(path):
    return [c.source for c in nbformat.read(path, as_version=4).cells if c.cell_type == "code"]


def names_of(trees):
    """What the import statements of a notebook bring in."""
    found = {}
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Import | ast.ImportFrom):
            exec(compile(ast.Module([node], []), "import", "exec"), found)
    return found


def called(node, names):
    """The function that a call names, None where it is a method of a value."""
    if isinstance(node, ast.Name):
        return names.get(node.id)
    if isinstance(node, ast.Attribute):
        return getattr(called(node.value, names), node.attr, None)
    return None


def unheeded(path, sources):
    """Calls that leave out a parameter of the notebook that their function would take."""
    parameters = set(read_notebook(path).parameters) - {"lang", "survey"}
    trees = [ast.parse(source) for source in sources]
    names = names_of(trees)
    dicts = {}
    for node in (node for tree in trees for node in ast.walk(tree)):
        if isinstance(node, ast.Assign):
            for target, value in pairs(node.targets[0], node.value):
                if isinstance(target, ast.Name) and isinstance(value, ast.Dict):
                    dicts.setdefault(target.id, []).append(value)
    for node in (node for tree in trees for node in ast.walk(tree)):
        if not isinstance(node, ast.Call):
            continue
        function = called(node.func, names)
        home = getattr(function, "__module__", None) or ""
        if not home.startswith(("compendium", "grassroots")) or not callable(function):
            continue
        taken = inspect.signature(function).parameters
        given = {one.arg for one in node.keywords}
        spread = [one.value for one in node.keywords if one.arg is None]
        given |= {key for value in spread for key in keys_of(value, dicts)}
        if any(isinstance(one, ast.Starred) for one in node.args):
            continue
        given |= set(list(taken)[: len(node.args)])
        for name in sorted(parameters & set(taken) - given):
            if (path.stem, name) not in MEANT or function.__name__ not in ("regress", "size_study"):
                yield f"{path.stem}: {ast.unparse(node)[:90]} leaves out {name}"


def pairs(target, value):
    if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
        return zip(target.elts, value.elts, strict=False)
    return [(target, value)]


def keys_of(value, dicts):
    """Keys of what is spread into a call: a dict in place, or one of that name."""
    if isinstance(value, ast.Name):
        return {key for one in dicts.get(value.id, []) for key in keys_of(one, dicts)}
    if isinstance(value, ast.BinOp):
        return keys_of(value.left, dicts) | keys_of(value.right, dicts)
    if not isinstance(value, ast.Dict):
        return set()
    own = {key.value for key in value.keys if isinstance(key, ast.Constant)}
    within = [v for k, v in zip(value.keys, value.values, strict=True) if k is None]
    return own | {key for one in within for key in keys_of(one, dicts)}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_what_could_take_a_parameter_is_given_it(path):
    assert list(unheeded(path, code_of(path))) == []


def test_a_call_that_leaves_one_out_is_seen():
    path = ROOT / "notebooks" / "03_accountability.ipynb"
    sources = code_of(path)
    given = next(source for source in sources if "len(listed), level=level)" in source)
    sources[sources.index(given)] = given.replace("len(listed), level=level)", "len(listed))")
    assert [told.endswith("leaves out level") for told in unheeded(path, sources)] == [True]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_number_stands_where_a_parameter_does(path):
    notebook = read_notebook(path)
    values = {one.value: name for name, one in notebook.parameters.items() if telling(one.value)}
    found = [
        (values[node.value], node.lineno, cell.cell.number)
        for cell in notebook.code_cells()
        for node in ast.walk(cell.tree)
        if isinstance(node, ast.Constant) and telling(node.value) and node.value in values
    ]
    assert found == []


def telling(value):
    """Whether a number is hardly there by chance."""
    return type(value) in (int, float) and (abs(value) >= 100 or value % 1 != 0)


ATTACKS = [
    ("01_data", "draws=draws", "draws=1999", "'draws' is 1999 here"),
    ("01_data", "seed=seed", "seed=20241115", "'seed' is 20241115 here"),
    ("01_data", "level=level", "level=0.95", "'level' is 0.95 here"),
    ("02_context", "study = Study", "level = 0.95\\nstudy = Study", "'level' is set again"),
]


@pytest.mark.parametrize(("name", "old", "new", "said"), ATTACKS)
def test_a_parameter_that_is_not_followed_is_refused(tmp_path, plan, name, old, new, said):
    source = (ROOT / "notebooks" / f"{name}.ipynb").read_text(encoding="utf-8")
    head, mark, cells = source.partition('"parameters"')
    parameters, study, rest = cells.partition("study = Study.open")
    changed = (study + rest).replace(old, new)
    assert changed != study + rest
    path = tmp_path / f"{name}.ipynb"
    path.write_text(head + mark + parameters + changed, encoding="utf-8")
    values = {one: known.default for one, known in plan.parameters.items()}
    with pytest.raises(UserError, match=said):
        for_notebook(read_notebook(path), plan.parameters, values)


def unread(notebook):
    read = {
        node.id
        for one in notebook.code_cells()
        for node in ast.walk(one.tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    return set(notebook.parameters) - read - {"lang", "survey"}


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_parameter_is_read(path):
    assert unread(read_notebook(path)) == set()


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_no_choice_is_made_beforehand(path):
    """A condition that is always true or false stands where a parameter should."""
    trees = map(ast.parse, code_of(path))
    choices = (
        node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.IfExp | ast.If)
    )
    fixed = [ast.unparse(one) for one in choices if isinstance(one.test, ast.Constant)]
    assert fixed == []
