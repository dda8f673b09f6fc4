"""Writes a small synthetic shop for the profile benchmark, made by DuckDB itself from hashes: the same rows every time.

For trying the benchmark where the project's own generator (`cargo run --release --example boutique`) is absent. The files have
the same names and kinds of columns; two visitors a contact, one event in five by a visitor nobody knows.

usage: sample.py --contacts N --events M --out DIR
"""

import argparse
from pathlib import Path

import duckdb

PRODUCTS = 3_900

# Uniform numbers by hash, so that the rows do not depend on threads.
MACROS = """
CREATE MACRO u(i, salt) AS (hash(i, salt) % 1000000) / 1e6;
CREATE MACRO number(i, salt) AS floor(pow(u(i, salt), 1.5) * $contacts)::INT;
CREATE MACRO who(n) AS 'C-' || lpad(n::VARCHAR, 7, '0');
CREATE MACRO what(i, salt) AS 'P-' || floor(pow(u(i, salt), 2) * $products)::INT;
CREATE MACRO visitor(i, device) AS 'v' || lpad(to_hex(hash(i, device) >> 16), 12, '0');
CREATE MACRO text(t) AS strftime(t AT TIME ZONE 'UTC', '%Y-%m-%dT%H:%M:%SZ');
CREATE MACRO moment(i, salt) AS TIMESTAMPTZ '2025-11-21 00:00:00+00' + to_microseconds((u(i, salt) * 365 * 86400e6)::BIGINT);
"""

TABLES = {
    "contacts.csv": """
        SELECT who(i) AS id, 'c' || i || '@people.example' AS email, text(moment(i, 1)) AS created_at
        FROM range($contacts) r(i)""",
    "products.csv": """
        SELECT 'P-' || i AS id, 'Thing ' || i AS title, (i * 37 % 4000 + 85) / 100 AS price, 'https://shop.example/p/' || i AS url,
               'home > ' || ['kitchen', 'garden', 'wool', 'gifts', 'light'][i % 5 + 1] || ' > shelf ' || (i % 40) AS category
        FROM range($products) r(i)""",
    "identities.csv": """
        SELECT visitor(i, device) AS visitor_id, who(i) AS contact_id, text(moment(i, 2)) AS linked_at
        FROM range($contacts) r(i), range(2) d(device)""",
    "orders/part-0.parquet": """
        SELECT 'O-' || (i // 3) AS order_id, who(number(i // 3, 11)) AS contact_id, moment(i // 3, 12) AS at, what(i, 13) AS product_id,
               1 + (u(i, 14) * 5)::INT AS quantity, ((85 + (u(i, 15) * 4000)::INT) / 100)::DECIMAL(9, 2) AS unit_price,
               CASE WHEN u(i, 16) < 0.96 THEN 'placed' WHEN u(i, 16) < 0.98 THEN 'cancelled' ELSE 'returned' END AS status,
               'GBP' AS currency
        FROM range($orders) r(i)""",
    "events/part-0.parquet": """
        SELECT moment(i, 21) AS at,
               CASE WHEN kind < 0.80 THEN 'view' WHEN kind < 0.88 THEN 'search' WHEN kind < 0.95 THEN 'cart_add'
                    WHEN kind < 0.97 THEN 'cart_remove' ELSE 'purchase' END AS kind,
               visitor(CASE WHEN stranger THEN n + $contacts ELSE n END, device) AS visitor_id,
               CASE WHEN NOT stranger AND u(i, 28) < 0.25 THEN who(n) END AS contact_id,
               CASE WHEN kind BETWEEN 0.80 AND 0.88 THEN NULL ELSE what(i, 24) END AS product_id,
               CASE WHEN kind BETWEEN 0.80 AND 0.88 THEN 'lantern' END AS query,
               1 AS quantity,
               ['desktop', 'mobile'][device + 1] AS device,
               ['google', 'direct', 'newsletter', 'instagram'][(u(i, 27) * 4)::INT % 4 + 1] AS source,
               CASE WHEN u(i, 26) < 0.01 THEN 'third_party' ELSE 'first_party' END AS origin
        FROM (SELECT i, number(i, 23) AS n, u(i, 22) AS kind, u(i, 29) < 0.2 AS stranger, (u(i, 25) < 0.3)::INT AS device
              FROM range($events) r(i))""",
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--contacts", type=int, required=True)
    parser.add_argument("--events", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True)
    flags = parser.parse_args()

    for folder in ("events", "orders"):
        (flags.out / folder).mkdir(parents=True, exist_ok=True)
    sizes = {"contacts": flags.contacts, "events": flags.events, "orders": flags.events // 20, "products": PRODUCTS}

    def sized(sql):
        for name, value in sizes.items():
            sql = sql.replace(f"${name}", str(value))
        return sql

    database = duckdb.connect()
    database.execute(sized(MACROS))
    for name, sql in TABLES.items():
        form = "HEADER" if name.endswith(".csv") else "FORMAT parquet, COMPRESSION zstd"
        database.execute(f"COPY ({sized(sql)}) TO '{flags.out / name}' ({form})")


if __name__ == "__main__":
    main()
