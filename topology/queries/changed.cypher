// What changed today, or within other hours, newest first: added, changed or removed.
// $hours number = 24: how far back to look
MATCH (e:Event)
WHERE e.at >= timestamp() / 1000.0 - $hours * 3600
OPTIONAL MATCH (r:Resource {uid: e.uid})
RETURN e.revision AS revision, e.kind AS kind, coalesce(r.label, e.uid) AS label,
    r.state AS state_now, e.at AS at
ORDER BY e.seq DESC
