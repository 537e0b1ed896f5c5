// Filesystems that a part can hurt at all, nearest first, with how many links lead there.
// $id text: the part's uid, alias, label or serial number
MATCH (source:Resource), (fs:LustreFilesystem)
WHERE $id IN [source.uid, source.alias, source.label, source.serial_number] AND source <> fs
MATCH path = shortestPath((source)-[:PARENT_OF|AFFECTS|PROVIDES*1..30]->(fs))
RETURN fs.label AS filesystem, fs.state AS state, length(path) AS hops, fs.uid AS uid
ORDER BY hops, filesystem, uid
