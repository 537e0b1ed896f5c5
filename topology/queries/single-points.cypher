// Parts whose failure alone would end a service now; is_new where only present failures made it so.
// $service text: the service's uid, alias or label
MATCH (service:Resource)
WHERE $service IN [service.uid, service.alias, service.label]
MATCH (part:Resource)
WHERE service.uid IN part.single_point_of
RETURN part.classes[0] AS class, part.label AS part,
    service.uid IN coalesce(part.new_single_point_of, []) AS is_new, part.uid AS uid
ORDER BY class, part, uid
