// Everything on a server: the targets and devices that need it, and the devices it reports as its own.
// $server text: the server's uid, alias or label
MATCH (server:Host)
WHERE $server IN [server.uid, server.alias, server.label]
MATCH (r:Resource)
WHERE r.host = server.uid OR EXISTS { (server)-[:PARENT_OF|AFFECTS|PROVIDES]->(r) }
RETURN r.classes[0] AS class, r.label AS label, r.state AS state, r.uid AS uid
ORDER BY class, label, uid
