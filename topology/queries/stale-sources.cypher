// What is scanned but whose last scan failed, or that has not been heard for three of its periods.
// $seconds number = 60: how long it may be silent however short its period
MATCH (s:Scannable)
WHERE s.plugin IS NOT NULL
WITH s, coalesce(s.heard_at, 0.0) AS heard_at, 3 * coalesce(s.period_seconds, 0.0) AS periods
WITH s, CASE WHEN periods > $seconds THEN periods ELSE $seconds END AS longest,
    timestamp() / 1000.0 - heard_at AS silence, heard_at > 0 AS was_heard
WITH s, was_heard AND silence > longest AS is_silent,
    coalesce(s.phase = 'failing', false) AS is_failing
WHERE is_silent OR is_failing
RETURN s.plugin AS plugin, s.id AS scannable, is_failing, is_silent, s.holder AS runtime
ORDER BY plugin, scannable
