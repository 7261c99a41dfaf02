"""Parses queries as Athena does. Standard input has a JSON object: names and SQL. Prints the names and errors of those that fail."""

import json
import sys

import sqlglot
from sqlglot import expressions

failed = {}
for name, sql in json.load(sys.stdin).items():
    try:
        [statement] = sqlglot.parse(sql, read="athena")
        # what the parser does not know, it keeps as text
        unknown = [node.sql() for node in statement.find_all(expressions.Anonymous, expressions.Command)]
        if unknown:
            failed[name] = f"unknown: {unknown}"
    except (sqlglot.errors.SqlglotError, ValueError) as error:
        failed[name] = str(error)
print(json.dumps(failed))
