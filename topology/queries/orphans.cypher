// Parts that nothing depends on and that are no service themselves: spare disks, unused LUNs.
MATCH (r:Resource)
WHERE NOT r.is_service
  AND NOT EXISTS { (r)-[:PARENT_OF|AFFECTS|PROVIDES]->(:Resource) }
  AND NOT EXISTS { MATCH (s:Scannable) WHERE s.id = r.uid }
RETURN r.classes[0] AS class, r.label AS label, r.state AS state, r.uid AS uid
ORDER BY class, label, uid
