"""Reads a dataset of an export directory with DuckDB, pyarrow, pandas and polars, and prints what each of them sees as JSON."""

import glob
import json
import sys

import duckdb
import pandas
import polars
import pyarrow
import pyarrow.dataset

root, format, folder = sys.argv[1:]
paths = {"ndjson": "*.ndjson.gz", "parquet": "*.parquet", "csv": "*.csv.gz", "csv-plain": "*.csv"}
files = f"{root}/{folder}/*/*/{paths[format]}"


def seen(rows, columns):
    """Rows of each folder, and the columns without order."""
    days = {}
    for day, pbx in rows:
        name = f"{str(day)[:10]} {pbx}"
        days[name] = days.get(name, 0) + 1
    return {"days": days, "columns": sorted(columns)}


def with_duckdb():
    reader = {"ndjson": "read_json", "parquet": "read_parquet"}.get(format, "read_csv")
    named = ", union_by_name = true"
    found = duckdb.sql(f"SELECT * FROM {reader}('{files}', hive_partitioning = true{named})")
    nulls = {"legs": "unanswered", "calls": "queue"}.get(folder, "name")
    return {
        **seen(duckdb.sql("SELECT dt, pbx FROM found").fetchall(), found.columns),
        "nulls": duckdb.sql(f"SELECT count(*) FROM found WHERE {nulls} IS NULL").fetchall()[0][0],
        "types": dict(zip(found.columns, map(str, found.types))),
    }


def with_pyarrow():
    partitioning = pyarrow.dataset.partitioning(flavor="hive")
    kind = "json" if format == "ndjson" else "parquet"
    dataset = pyarrow.dataset.dataset(f"{root}/{folder}", format=kind, partitioning=partitioning)
    if kind == "json":
        # pyarrow takes local times for timestamps, and refuses the empty ones
        schema = dataset.schema
        for name in ("start", "answer", "end"):
            if name in schema.names:
                schema = schema.set(schema.get_field_index(name), pyarrow.field(name, pyarrow.string()))
        dataset = pyarrow.dataset.dataset(f"{root}/{folder}", schema=schema, format=kind, partitioning=partitioning)
    table = dataset.to_table()
    rows = zip(table["dt"].to_pylist(), table["pbx"].to_pylist())
    types = {name: str(table.schema.field(name).type) for name in table.column_names}
    return {**seen(rows, table.column_names), "types": types}


def with_pandas():
    frame = pandas.read_parquet(f"{root}/{folder}")
    return seen(zip(frame["dt"], frame["pbx"]), frame.columns)


def with_polars():
    if format == "parquet":
        frame = polars.read_parquet(files, hive_partitioning=True)
        return seen(frame.select("dt", "pbx").iter_rows(), frame.columns)
    # polars makes columns of folders for Parquet only
    read = polars.read_ndjson if format == "ndjson" else polars.read_csv
    rows = 0
    for file in sorted(glob.glob(files)):
        rows += read(file, infer_schema_length=None).height
    return {"rows": rows}


readers = {"duckdb": with_duckdb, "polars": with_polars}
# pyarrow infers the types of CSV from the first rows; CSV is for spreadsheets
if not format.startswith("csv"):
    readers["pyarrow"] = with_pyarrow
if format == "parquet":
    readers["pandas"] = with_pandas
print(json.dumps({name: read() for name, read in readers.items()}))
