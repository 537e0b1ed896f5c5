// The disks of a pool by enclosure and slot: which one to pull, and what it is called on its label.
// $pool text: the pool's uid, alias or label
MATCH (pool:StoragePool)
WHERE $pool IN [pool.uid, pool.alias, pool.label]
MATCH (pool)<-[:PARENT_OF|AFFECTS|PROVIDES*1..3]-(disk:PhysicalDisk)
WITH DISTINCT disk
OPTIONAL MATCH (shelf:Resource)
WHERE shelf.uid = disk.enclosure
RETURN shelf.label AS enclosure, disk.slot AS slot, disk.label AS disk, disk.state AS state,
    disk.serial_number AS serial, disk.uid AS uid
ORDER BY enclosure, slot, disk, uid
