// What is scanned but whose last scan failed, or whose runtime has not been heard of for a while.
// $seconds number = 60: how long a runtime may be silent
MATCH (s:Scannable)
WHERE s.plugin IS NOT NULL
OPTIONAL MATCH (h:Holder)
WHERE h.id = s.holder
WITH s, CASE WHEN h.beat > s.beat THEN h.beat ELSE s.beat END AS beat
WITH s, timestamp() / 1000.0 - beat > $seconds AS is_silent,
    s.status CONTAINS '"phase": "failing"' AS is_failing
WHERE is_silent OR is_failing
RETURN s.plugin AS plugin, s.id AS scannable, is_failing, is_silent, s.holder AS runtime
ORDER BY plugin, scannable
