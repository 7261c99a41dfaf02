-- How many calls came and went over each trunk and each number of the company?
--
-- Parameters, in the order of the question marks:
--   from  first day, for example '2026-11-01'
--   to    last day
--   pbx   id of a PBX, or '*' for all (default '*')
-- Columns:
--   trunk         trunk, or null
--   did           number of the company that was called, or null for calls to outside
--   direction     inbound, outbound or transit
--   calls         calls
--   missed        inbound calls that nobody answered
--   talk_seconds  talk time
SELECT
  trunk,
  did,
  direction,
  count(*) AS calls,
  count(*) FILTER (WHERE missed) AS missed,
  sum(talk_seconds) AS talk_seconds
FROM calls
WHERE dt BETWEEN ? AND ? AND ? IN ('*', pbx) AND direction <> 'internal'
GROUP BY trunk, did, direction
ORDER BY count(*) DESC, trunk, did, direction
