// Parts that nothing depends on and that are no service themselves: spare disks, unused LUNs.
MATCH (n:Resource)
WHERE NOT n.is_service
  AND NOT EXISTS { (n)-[:PARENT_OF|AFFECTS|PROVIDES]->(:Resource) }
  AND NOT EXISTS { (s:Scannable {id: n.uid}) }
RETURN n.classes[0] AS class, n.label AS label, n.state AS state, n.uid AS uid
ORDER BY class, label, uid
