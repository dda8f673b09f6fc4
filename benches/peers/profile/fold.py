"""The profile fold in DuckDB: reads the shop's files, writes one Parquet file of profiles.

usage: fold.py --data DIR --now RFC3339 --out FILE
       fold.py --data DIR --count     (rows, and the midnight after the last event)

Reads contacts.csv, products.csv, orders and events (`orders.parquet` or `orders/*.parquet`, likewise events) and, where there is one,
identities (visitor to contact; a visitor linked to two contacts is used for neither, as in relance). Prints one JSON line.
"""

import argparse
import json
from pathlib import Path

import duckdb

HALF_LIFE_DAYS = 60


TABLES = ("contacts", "identities", "events", "orders", "products")


def pattern(data, name):
    """Returns the pattern of a table's files, or nothing where there are none."""
    wanted = (f"{name}.parquet", f"{name}/*.parquet", f"{name}.csv")
    return next((files for files in wanted if any(data.glob(files))), None)


def source(data, name):
    """Returns the SQL that reads a table, or nothing where it has no files."""
    files = pattern(data, name)
    if files is None:
        return None
    return f"{'read_csv' if files.endswith('csv') else 'read_parquet'}('{data / files}')"


def columns(database, reader):
    return {name for name, *_ in database.execute(f"DESCRIBE SELECT * FROM {reader}").fetchall()} if reader else set()


def views(database, data, now):
    readers = {name: source(data, name) for name in TABLES}
    missing = [name for name in TABLES if readers[name] is None and name != "identities"]
    if missing:
        raise SystemExit(f"error: no {', '.join(missing)} in {data}")
    known = {name: columns(database, reader) for name, reader in readers.items()}
    instant = f"TIMESTAMP '{now}'"

    def text(name):
        """Returns a text column of the events, or NULL where they have none."""
        return f"{name}::VARCHAR" if name in known["events"] else "NULL::VARCHAR"

    own = "e.contact_id" if "contact_id" in known["events"] else "NULL"
    link, contact = "", own
    if readers["identities"] and "visitor_id" in known["events"]:
        contact = f"coalesce({own}, i.contact_id)"
        link = f"""LEFT JOIN (SELECT visitor_id, any_value(contact_id) AS contact_id FROM {readers['identities']}
                   GROUP BY visitor_id HAVING count(DISTINCT contact_id) = 1) i ON i.visitor_id = e.visitor_id"""
    first_party = "AND coalesce(origin, '') <> 'third_party'" if "origin" in known["events"] else ""
    quantity = "quantity::INTEGER" if "quantity" in known["events"] else "1"
    database.execute(f"""
        CREATE VIEW acts AS
        SELECT {contact} AS contact_id, "at"::TIMESTAMP AS t, kind, {text('product_id')} AS product_id, {quantity} AS quantity,
               {text('device')} AS device, {text('source')} AS source,
               epoch_us({instant}) / 86400e6 - epoch_us("at"::TIMESTAMP) / 86400e6 AS age_days, hour("at"::TIMESTAMP) AS hour
        FROM {readers['events']} e {link}
        WHERE "at"::TIMESTAMP <= {instant} AND {contact} IS NOT NULL {first_party}""")
    status = "coalesce(status, 'placed')" if "status" in known["orders"] else "'placed'"
    discount = "coalesce(discount, 0)" if "discount" in known["orders"] else "0"
    database.execute(f"""
        CREATE VIEW order_lines AS
        SELECT contact_id, order_id, "at"::TIMESTAMP AS t, product_id::VARCHAR AS product_id, quantity, unit_price, {discount} AS discount,
               {status} AS status, epoch_us({instant}) / 86400e6 - epoch_us("at"::TIMESTAMP) / 86400e6 AS age_days
        FROM {readers['orders']}
        WHERE "at"::TIMESTAMP <= {instant} AND contact_id IS NOT NULL""")
    database.execute(f"CREATE VIEW products AS SELECT id::VARCHAR AS id, category FROM {readers['products']}")
    database.execute(f"CREATE VIEW contacts AS SELECT id FROM {readers['contacts']}")
    return instant


def count(database, data):
    """Returns the rows of the large tables and the instant to fold at."""
    rows = {name: database.execute(f"SELECT count(*) FROM {source(data, name)}").fetchone()[0] for name in ("contacts", "orders", "events")}
    after = "date_trunc('day', max(\"at\"::TIMESTAMP)) + INTERVAL 1 DAY"
    (midnight,) = database.execute(f"SELECT {after} FROM {source(data, 'events')}").fetchone()
    files = {name: pattern(data, name) for name in TABLES if pattern(data, name)}
    return rows | {"files": files, "now": midnight.strftime("%Y-%m-%dT%H:%M:%SZ")}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--now", default="2999-12-31T00:00:00Z")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--count", action="store_true")
    flags = parser.parse_args()

    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'; SET preserve_insertion_order = false")
    now = views(database, flags.data, flags.now.rstrip("Z"))
    if flags.count:
        print(json.dumps(count(database, flags.data)))
        return
    sql = (Path(__file__).parent / "profile.sql").read_text(encoding="utf-8")
    for name, value in {"$now": now, "$half_life_days": str(float(HALF_LIFE_DAYS)), "$out": str(flags.out)}.items():
        sql = sql.replace(name, value)
    database.execute(sql)
    (profiles,) = database.execute(f"SELECT count(*) FROM '{flags.out}'").fetchone()
    print(json.dumps({"profiles": profiles, "bytes": flags.out.stat().st_size, "duckdb": duckdb.__version__}))


if __name__ == "__main__":
    main()
