-- Purchases whose film would not start and did not start soon after. A failed start is due when no good start of the
-- same purchase follows within the job's settle time of its end (@now minus @settled). Without a purchase (a
-- subscription), the same customer and title are meant. Refusals for want of a right or in the wrong country are not
-- failures of ours.
WITH failed AS MATERIALIZED (
  SELECT *,
    CASE WHEN purchase_id IS NOT NULL THEN 'purchase:' || purchase_id
      ELSE 'viewing:' || title || ':' || viewing_day END AS subject,
    CASE WHEN purchase_id IS NULL THEN customer_id ELSE '' END AS viewer
  FROM session
  WHERE arrival > @after AND arrival <= @upto
    AND startup_failed = 1
    AND coalesce(failure_cause, '') NOT IN ('entitlement', 'geography')
    AND ended_at <= @settled
),
unmended AS (
  SELECT f.*,
    row_number() OVER (PARTITION BY subject, viewer ORDER BY ended_at, arrival) AS nth,
    count(*) OVER (PARTITION BY subject, viewer) AS failed_starts
  FROM failed f
  WHERE NOT EXISTS (
      SELECT 1 FROM session good
      WHERE good.purchase_id = f.purchase_id
        AND good.startup_failed = 0
        AND good.started_at >= f.started_at AND good.started_at <= f.ended_at + (@now - @settled))
    AND NOT EXISTS (
      SELECT 1 FROM session good
      WHERE f.purchase_id IS NULL AND good.purchase_id IS NULL
        AND good.customer_id = f.customer_id AND good.title = f.title
        AND good.startup_failed = 0
        AND good.started_at >= f.started_at AND good.started_at <= f.ended_at + (@now - @settled))
)
SELECT
  u.subject,
  coalesce(p.customer_id, u.customer_id) AS customer_id,
  u.subject AS service_event,
  u.started_at AS occurred_at,
  u.purchase_id,
  u.title,
  u.content_id,
  u.failed_starts,
  u.failure_cause,
  u.startup_seconds,
  u.device,
  u.cdn,
  u.isp,
  u.region
FROM unmended u
LEFT JOIN purchase p ON p.purchase_id = u.purchase_id
WHERE u.nth = 1
