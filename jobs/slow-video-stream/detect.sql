-- Purchases that stalled too much to enjoy. What arrived names the purchases to judge; each is judged by all its
-- sessions together, once the last of them has been quiet for the job's settle time. Sessions without a purchase (a
-- subscription) are judged per customer, title and viewing day, which is the customer's own. Sessions that failed for
-- want of a right or in the wrong country do not count. Nobody left a film that was over.
WITH arrived AS MATERIALIZED (
  SELECT DISTINCT
    purchase_id,
    CASE WHEN purchase_id IS NULL THEN customer_id END AS viewer,
    CASE WHEN purchase_id IS NULL THEN title END AS title,
    CASE WHEN purchase_id IS NULL THEN viewing_day END AS day
  FROM session
  WHERE arrival > @after AND arrival <= @upto
    AND coalesce(failure_cause, '') NOT IN ('entitlement', 'geography')
),
viewing AS (
  SELECT 'purchase:' || s.purchase_id AS subject, '' AS viewer, s.arrival, s.ended_at, s.watch_seconds,
    s.stall_seconds, s.stall_count, s.longest_stall_seconds, s.last_stall_seconds_before_end, s.content_id,
    s.content_seconds
  FROM arrived a CROSS JOIN session s
  WHERE s.purchase_id = a.purchase_id
    AND coalesce(s.failure_cause, '') NOT IN ('entitlement', 'geography')
  UNION ALL
  SELECT 'viewing:' || s.title || ':' || a.day, s.customer_id, s.arrival, s.ended_at, s.watch_seconds,
    s.stall_seconds, s.stall_count, s.longest_stall_seconds, s.last_stall_seconds_before_end, s.content_id,
    s.content_seconds
  FROM arrived a CROSS JOIN session s
  WHERE s.customer_id = a.viewer AND s.title = a.title
    AND s.viewing_day = a.day AND s.purchase_id IS NULL
    AND coalesce(s.failure_cause, '') NOT IN ('entitlement', 'geography')
),
ranked AS (
  SELECT *,
    row_number() OVER (PARTITION BY subject, viewer ORDER BY ended_at DESC, arrival DESC) AS from_last,
    row_number() OVER (
      PARTITION BY subject, viewer ORDER BY stall_seconds DESC, ended_at DESC, arrival DESC) AS from_worst,
    sum(watch_seconds - stall_seconds) OVER (PARTITION BY subject, viewer, content_id) AS played,
    max(content_seconds) OVER (PARTITION BY subject, viewer, content_id) AS content
  FROM viewing
),
summed AS (
  SELECT subject, viewer,
    count(*) AS sessions,
    max(ended_at) AS quiet_since,
    sum(watch_seconds) AS watch_seconds,
    sum(stall_seconds) AS stall_seconds,
    sum(stall_count) AS stall_count,
    coalesce(max(longest_stall_seconds), 0) AS longest_stall_seconds,
    max(CASE WHEN from_last = 1 AND last_stall_seconds_before_end <= @leftWithin AND longest_stall_seconds >= @leftStall
      AND (content IS NULL OR round(played, 9) < round(@over * content, 9)) THEN 1 ELSE 0 END) AS left_over_stall,
    max(CASE WHEN from_worst = 1 THEN arrival END) AS worst
  FROM ranked
  GROUP BY subject, viewer
),
-- Rounded to nine places, so that a sum of decimals that comes to a bound exactly is at the bound.
scored AS (
  SELECT *,
    CASE WHEN watch_seconds > 0 THEN round(stall_seconds / watch_seconds, 9) ELSE 0 END AS ratio,
    CASE WHEN watch_seconds > 0 THEN round((
      100 / sqrt(1 + (stall_count / 2.0) * (stall_count / 2.0))
      + 100 * exp(-10.0 * stall_seconds / watch_seconds)) / 2, 9) END AS score
  FROM summed
)
SELECT
  j.subject,
  coalesce(p.customer_id, worst.customer_id) AS customer_id,
  j.subject AS service_event,
  worst.started_at AS occurred_at,
  worst.purchase_id,
  worst.title,
  worst.content_id,
  j.sessions,
  round(j.watch_seconds, 1) AS watch_seconds,
  round(j.stall_seconds, 1) AS stall_seconds,
  j.stall_count,
  round(j.longest_stall_seconds, 1) AS longest_stall_seconds,
  round(j.ratio, 4) AS ratio,
  round(j.score, 1) AS score,
  j.left_over_stall,
  CASE WHEN worst.throughput_kbps < worst.required_kbps THEN 1 ELSE 0 END AS is_path_slow,
  worst.cdn,
  worst.isp,
  worst.region
FROM scored j
JOIN session worst ON worst.arrival = j.worst
LEFT JOIN purchase p ON p.purchase_id = worst.purchase_id
WHERE j.quiet_since <= @settled
  AND (
    (j.watch_seconds >= @leastWatched AND (
      (j.score < @score AND j.ratio >= @leastRatio)
      OR j.ratio >= @ratio
      OR j.longest_stall_seconds >= @longestStall))
    OR j.left_over_stall = 1)
