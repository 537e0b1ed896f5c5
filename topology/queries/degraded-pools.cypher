// Pools that are not OK, those with the least left first: how many more members each can lose.
MATCH (pool:StoragePool)
WHERE pool.state <> 'OK'
RETURN pool.label AS pool, pool.state AS state, pool.redundancy_left AS can_lose,
    COLLECT {
        MATCH (pool)<-[:PARENT_OF|AFFECTS|PROVIDES]-(member:Resource)
        WHERE member.state <> 'OK'
        RETURN member.label + ' ' + member.state
        ORDER BY member.label, member.uid
    } AS troubled, pool.uid AS uid
ORDER BY can_lose, pool, uid
