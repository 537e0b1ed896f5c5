// Members of one pool that hang on the same part, which can fail: what takes several at once.
// $least number = 2: how many members at least
MATCH (domain:Resource)-[:PARENT_OF|AFFECTS|PROVIDES*1..4]->(member:Resource)
WHERE domain.can_fail
MATCH (member)-[:PARENT_OF|AFFECTS|PROVIDES]->(pool:StoragePool)
WITH pool, domain, count(DISTINCT member) AS members
WHERE members >= $least
RETURN pool.label AS pool, domain.label AS shared, members, pool.uid AS uid, domain.uid AS shared_uid
ORDER BY members DESC, pool, shared, uid, shared_uid
