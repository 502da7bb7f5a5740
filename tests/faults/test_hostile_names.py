"""Hostile text as ids, column names, file names and expressions: data stay data, and nothing leaves the sandbox."""

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from features.errors import PerennialError
from features.shop import open_shop

SECRET = "the-secret-of-another-folder"
PARTS = (
    "'; DROP TABLE orders; --", '"; DROP TABLE orders; --', "') OR 1=1 --", "x' UNION SELECT 1 --", "$$;--$$",
    "{{7*7}}", "${jndi:ldap://x}", "%s%s%n",
    "\\'; --", "`id`", "$(touch hacked)", "; touch hacked", "../../x", "a\nb", "a\tb",
    "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "NULL", "nan", "''", '""', "--", "/*", "*/", "\u202eabc",
)  # fmt: skip
TEXTS = [f"{part}{end}" for part in PARTS for end in ("", " ", "'", '"')]  # 100 of them
EXPRESSIONS = (
    "(SELECT content FROM read_text('{secret}'))",
    "(SELECT max(line) FROM read_csv('{secret}', columns={{'line': 'VARCHAR'}}))",
    "(SELECT content FROM '{secret}')", "getenv('HOME')", "(SELECT value FROM duckdb_settings() LIMIT 1)",
    "amount; COPY (SELECT 1) TO '{out}'", "amount; ATTACH '{out}'", "amount; INSTALL httpfs",
    "amount; SET threads = 1",
    "(COPY (SELECT 1) TO '{out}')", "amount FROM orders; DROP TABLE orders", "(SELECT 1 FROM glob('/*') LIMIT 1)",
    "(SELECT count(*) FROM read_blob('{secret}'))", "(SELECT 1 FROM sniff_csv('{secret}'))", "pragma_version()",
)  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PERENNIAL_HOME", str(tmp_path / "home"))
    monkeypatch.chdir(tmp_path)
    shop = tmp_path / "shop"
    shop.mkdir()
    return shop


def orders(ids: list[str]) -> pa.Table:
    return pa.table(
        {
            "order_id": [f"o{n}" for n in range(len(ids))],
            "customer_id": ids,
            "happened_at": ["2026-03-01 10:00:00"] * len(ids),
            "amount": ["5.00"] * len(ids),
        }
    )


def test_a_hundred_hostile_ids_and_products_stay_as_they_are(folder: Path) -> None:
    assert len(TEXTS) == 100
    pq.write_table(orders(TEXTS), folder / "orders.parquet")
    lines = pa.table({"order_id": [f"o{n}" for n in range(100)], "product_id": TEXTS, "category": TEXTS[::-1]})
    pq.write_table(lines, folder / "order_lines.parquet")
    (folder / "shop.toml").write_text("[checks]\nmax_quarantined = 0.05\n")  # the word NULL is no product
    shop = open_shop(folder)
    kept = pq.read_table(shop.path("orders")).to_pylist()
    by_order = {row["order_id"]: row["customer_id"] for row in kept}
    for n, text in enumerate(TEXTS):
        said = by_order.get(f"o{n}")
        assert said is None or said.split() == text.split(), text  # a guest word, or the text but for blanks around it
    assert len(kept) >= 90
    assert [path.name for path in folder.parent.rglob("hacked")] == []


@pytest.mark.parametrize(
    "name", ["id", "value", 'a"b', "a'b", "a]b", "select", "x; DROP TABLE orders", "a.b", "ü 中", "$1", "%s"]
)
def test_a_hostile_column_name_is_a_name(folder: Path, name: str) -> None:
    table = orders(["a", "b", "c"]).rename_columns(["order_id", name, "happened_at", "amount"])
    pq.write_table(table, folder / "export.parquet")
    quoted = name.replace('"', '""').replace("\\", "\\\\")
    expression = f'"{quoted}"'.replace("'", "\\u0027").replace('"', '\\"')
    toml = f"""
[orders]
source = "export.parquet"
[orders.columns]
order_id = "order_id"
customer_id = "{expression}"
happened_at = "happened_at"
amount = "amount"
"""
    (folder / "shop.toml").write_text(toml)
    assert sorted(pq.read_table(open_shop(folder).path("orders"))["customer_id"].to_pylist()) == ["a", "b", "c"]


@pytest.mark.parametrize(
    "file", ["a'b.parquet", 'a"b.parquet', "x; DROP TABLE.parquet", "$(touch hacked).parquet", "%s {0}.parquet"]
)
def test_a_hostile_file_name_is_a_name(folder: Path, file: str) -> None:
    pq.write_table(orders(["a", "b"]), folder / file)
    quoted = file.replace('"', '\\"')
    (folder / "shop.toml").write_text(f'[orders]\nsource = "{quoted}"\n')
    assert open_shop(folder).rows["orders"] == 2
    assert not (folder.parent / "hacked").exists() and not (folder / "hacked").exists()


@pytest.mark.parametrize("expression", EXPRESSIONS)
def test_an_expression_reaches_no_file_no_setting_and_no_variable(folder: Path, expression: str) -> None:
    secret, out = folder.parent / "secret.csv", folder.parent / "out.db"
    secret.write_text(f"{SECRET}\n")
    pq.write_table(orders(["a", "b"]), folder / "export.parquet")
    filled = expression.format(secret=secret, out=out).replace('"', '\\"')
    columns = f'order_id = "order_id"\ncustomer_id = "{filled}"\nhappened_at = "happened_at"\namount = "amount"\n'
    (folder / "shop.toml").write_text(f'[orders]\nsource = "export.parquet"\n[orders.columns]\n{columns}')
    with pytest.raises(PerennialError) as told:
        open_shop(folder)
    assert SECRET not in str(told.value) and not out.exists()
    written = [path for path in (folder.parent / "home").rglob("*.parquet") if SECRET.encode() in path.read_bytes()]
    assert written == []
