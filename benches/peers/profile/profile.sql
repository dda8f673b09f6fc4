-- The profile of every contact at $now, from events, orders, products and contacts: the fields of relance's fold, as DuckDB does them best.
--
-- Each large table is read once per grouping. What is by product (views, cart lines, tastes) comes from one grouping by contact and
-- product: a decayed sum by category is the sum over its products, so categories are joined to pairs rather than to every event.
-- `fold.py` gives the views `acts` and `order_lines` (what is known at $now; `t` is the instant), `products` and `contacts`.

COPY (
    WITH
    browsed AS (
        SELECT contact_id, product_id,
               count(*) FILTER (kind = 'view') AS views,
               max(t) FILTER (kind = 'view') AS viewed_at,
               max(t) FILTER (kind = 'cart_add') AS added_at,
               max(t) FILTER (kind = 'cart_remove') AS removed_at,
               max(t) FILTER (kind = 'purchase') AS bought_at,
               arg_max(quantity, t) FILTER (kind = 'cart_add') AS cart_quantity,
               sum(CASE kind WHEN 'view' THEN 1 WHEN 'cart_add' THEN 3 ELSE 0 END * exp(-age_days * ln(2) / $half_life_days)) AS weight
        FROM acts WHERE product_id IS NOT NULL
        GROUP BY ALL
    ),
    bought AS (
        SELECT contact_id, product_id,
               sum(quantity) AS pieces, max(t) AS bought_at,
               sum(CASE WHEN status = 'placed' THEN 5 ELSE 0 END * exp(-age_days * ln(2) / $half_life_days)) AS weight
        FROM order_lines WHERE status <> 'cancelled'
        GROUP BY ALL
    ),
    lines AS (
        SELECT contact_id, product_id, views, viewed_at, added_at, cart_quantity, pieces,
               greatest(b.bought_at, o.bought_at) AS bought_at, removed_at,
               coalesce(b.weight, 0) + coalesce(o.weight, 0) AS weight
        FROM browsed b FULL JOIN bought o USING (contact_id, product_id)
    ),
    by_product AS (
        SELECT contact_id,
               list_reverse_sort(list({t: viewed_at, product_id: product_id, views: views})
                   FILTER (viewed_at IS NOT NULL))[:20] AS recent_views,
               list_reverse_sort(list({t: bought_at, product_id: product_id, pieces: pieces})
                   FILTER (pieces IS NOT NULL))[:20] AS recent_purchases,
               list({product_id: product_id, quantity: cart_quantity, added_at: added_at})
                   FILTER (added_at > coalesce(greatest(removed_at, bought_at), TIMESTAMP '1970-01-01')) AS cart
        FROM lines
        GROUP BY contact_id
    ),
    tastes AS (
        SELECT contact_id, list_reverse_sort(list({weight: weight, category: category}))[:20] AS affinities
        FROM (
            SELECT contact_id, category, sum(weight) AS weight
            FROM lines JOIN products ON products.id = lines.product_id
            GROUP BY ALL
        )
        GROUP BY contact_id
    ),
    habits AS (
        SELECT contact_id, min(t) AS first_seen_at, max(t) AS last_seen_at, count(*) AS n_events,
               count(*) FILTER (device = 'mobile') AS mobile,
               count(*) FILTER (device = 'desktop') AS desktop,
               count(*) FILTER (device = 'tablet') AS tablet,
               arg_min(source, t) FILTER (source IS NOT NULL) AS acquisition_source,
               -- Twenty-four plain counts: a histogram map per group costs three times as much.
               count(*) FILTER (hour = 0) AS h0, count(*) FILTER (hour = 1) AS h1, count(*) FILTER (hour = 2) AS h2,
               count(*) FILTER (hour = 3) AS h3, count(*) FILTER (hour = 4) AS h4, count(*) FILTER (hour = 5) AS h5,
               count(*) FILTER (hour = 6) AS h6, count(*) FILTER (hour = 7) AS h7, count(*) FILTER (hour = 8) AS h8,
               count(*) FILTER (hour = 9) AS h9, count(*) FILTER (hour = 10) AS h10, count(*) FILTER (hour = 11) AS h11,
               count(*) FILTER (hour = 12) AS h12, count(*) FILTER (hour = 13) AS h13, count(*) FILTER (hour = 14) AS h14,
               count(*) FILTER (hour = 15) AS h15, count(*) FILTER (hour = 16) AS h16, count(*) FILTER (hour = 17) AS h17,
               count(*) FILTER (hour = 18) AS h18, count(*) FILTER (hour = 19) AS h19, count(*) FILTER (hour = 20) AS h20,
               count(*) FILTER (hour = 21) AS h21, count(*) FILTER (hour = 22) AS h22, count(*) FILTER (hour = 23) AS h23
        FROM acts
        GROUP BY contact_id
    ),
    money AS (
        SELECT contact_id, count(*) AS n_orders, sum(amount) AS spent, max(t) AS last_order_at, min(t) AS first_order_at,
               sum(amount) / count(*) AS basket, date_diff('day', min(t), max(t)) / nullif(count(*) - 1, 0) AS days_between_orders
        FROM (
            SELECT contact_id, order_id, min(t) AS t,
                   sum(quantity * unit_price - discount) FILTER (status = 'placed') AS amount
            FROM order_lines WHERE status <> 'cancelled'
            GROUP BY ALL
        )
        GROUP BY contact_id
    )
    SELECT c.id AS contact_id,
           first_seen_at, last_seen_at, n_events,
           n_orders, spent, basket, first_order_at, last_order_at, days_between_orders,
           date_diff('day', last_order_at, $now) AS recency_days,
           recent_views, recent_purchases, cart, affinities,
           CASE greatest(mobile, desktop, tablet)
               WHEN 0 THEN NULL WHEN mobile THEN 'mobile' WHEN desktop THEN 'desktop' WHEN tablet THEN 'tablet'
           END AS device,
           [h0, h1, h2, h3, h4, h5, h6, h7, h8, h9, h10, h11, h12, h13, h14, h15, h16, h17, h18, h19, h20, h21, h22, h23] AS hours,
           acquisition_source
    FROM contacts c
    LEFT JOIN habits h ON h.contact_id = c.id
    LEFT JOIN money m ON m.contact_id = c.id
    LEFT JOIN by_product p ON p.contact_id = c.id
    LEFT JOIN tastes t ON t.contact_id = c.id
) TO '$out' (FORMAT parquet, COMPRESSION zstd);
