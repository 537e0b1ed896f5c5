// Filesystems that the trouble of a part reaches now, and how they are.
// $id text: the part's uid, alias, label or serial number
MATCH (cause:Resource)
WHERE $id IN [cause.uid, cause.alias, cause.label, cause.serial_number]
MATCH (fs:LustreFilesystem)
WHERE cause.uid IN fs.root_causes
RETURN fs.label AS filesystem, fs.state AS state, cause.label AS cause, fs.uid AS uid
ORDER BY filesystem, cause, uid
