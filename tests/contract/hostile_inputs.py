"""Inputs meant to do harm: Cypher that wants more than to read, and texts that want to run."""

from __future__ import annotations

_CHANGES = """
CREATE (:Resource {uid: 'evil'})
CREATE (:Evil)
CREATE (a:Evil)-[:AFFECTS]->(b:Evil)
MERGE (:Resource {uid: 'evil'})
MERGE (n:Resource {uid: 'victim'}) ON MATCH SET n.label = 'evil'
MATCH (n:Resource) SET n.state = 'OK'
MATCH (n:Resource) SET n = {}
MATCH (n:Resource) SET n += {label: 'evil'}
MATCH (n:Resource) SET n:Evil
MATCH (n:Resource) SET n['label'] = 'evil'
MATCH (n:Resource) REMOVE n.uid
MATCH (n:Resource) REMOVE n:Resource
MATCH (n) DETACH DELETE n
MATCH (n) DELETE n
MATCH ()-[r]->() DELETE r
MATCH ()-[r]->() SET r.groups = []
MATCH (n:Resource) FOREACH (x IN [1] | SET n.label = 'evil')
FOREACH (x IN range(1, 9) | CREATE (:Evil {n: x}))
FOREACH (x IN [1] | FOREACH (y IN [1] | MERGE (:Evil)))
MATCH (m:Meta) SET m.revision = 0
MATCH (m:Meta) DELETE m
MATCH (s:Scannable) SET s.epoch = 99
MATCH (s:Scannable) SET s.settings = '{}'
MATCH (s:Scannable) DETACH DELETE s
MATCH (e:Event) DELETE e
MATCH (e:Event) SET e.at = 0
CREATE (:Event {seq: 0})
MATCH (c:ResourceClass) DELETE c
MATCH (a:Alert) DETACH DELETE a
CALL { CREATE (:Evil) }
CALL () { CREATE (:Evil) } RETURN 1
CALL { CREATE (:Evil) } IN TRANSACTIONS
UNWIND [1] AS x CALL (x) { CREATE (:Evil {n: x}) } IN TRANSACTIONS OF 1 ROW
UNWIND [1] AS x CALL { WITH x CREATE (:Evil {n: x}) } IN 2 CONCURRENT TRANSACTIONS
UNWIND [1] AS x CALL (x) { CREATE (:Evil) } IN TRANSACTIONS ON ERROR CONTINUE RETURN x
MATCH (n:Resource) CALL (n) { SET n.label = 'evil' } RETURN n
MATCH (n:Resource) CALL (n) { DETACH DELETE n }
MATCH (n:Resource) WITH n LIMIT 1 DETACH DELETE n
MATCH (n:Resource) RETURN n UNION CREATE (n:Evil) RETURN n
MATCH (n:Resource) RETURN n.uid; CREATE (:Evil)
RETURN 1; MATCH (n) DETACH DELETE n
RETURN 1 // \\nCREATE (:Evil)
/* quiet */ CREATE (:Evil) // RETURN 1
PROFILE CREATE (:Evil)
EXPLAIN CREATE (:Evil)
CYPHER 5 CREATE (:Evil)
CYPHER runtime=slotted CREATE (:Evil)
INSERT (:Evil)
RETURN EXISTS { CREATE (:Evil) }
RETURN COUNT { CREATE (:Evil) }
RETURN COLLECT { CREATE (n:Evil) RETURN n }
MATCH (n:Resource) RETURN [x IN [1] | SET n.label = 'evil']
cReAtE (:Evil)
\u0043REATE (:Evil)
CREATE\u00a0(:Evil)
CREATE(:`Evil`)
CREATE (:$($label))
USE system CREATE (:Evil)
USE neo4j CREATE (:Evil)
"""
_SCHEMA = """
CREATE INDEX evil FOR (n:Resource) ON (n.label)
CREATE INDEX evil IF NOT EXISTS FOR ()-[r:AFFECTS]-() ON (r.groups)
CREATE TEXT INDEX evil FOR (n:Resource) ON (n.label)
CREATE FULLTEXT INDEX evil FOR (n:Resource) ON EACH [n.label]
CREATE VECTOR INDEX evil FOR (n:Resource) ON (n.x)
CREATE LOOKUP INDEX evil FOR (n) ON EACH labels(n)
CREATE CONSTRAINT evil FOR (n:Resource) REQUIRE n.label IS UNIQUE
CREATE CONSTRAINT evil FOR (n:Resource) REQUIRE n.label IS NOT NULL
DROP INDEX evil IF EXISTS
DROP INDEX `Event[seq]`
DROP CONSTRAINT `Resource[uid]`
DROP CONSTRAINT evil IF EXISTS
CREATE DATABASE evil
DROP DATABASE neo4j
STOP DATABASE neo4j
CREATE USER evil SET PASSWORD 'evil-evil-evil'
ALTER USER neo4j SET PASSWORD 'evil-evil-evil'
ALTER CURRENT USER SET PASSWORD FROM 'a' TO 'evil-evil-evil'
DROP USER reader
RENAME USER reader TO evil
GRANT ROLE admin TO reader
CREATE ROLE evil
CREATE VERTEX TYPE Evil
INSERT INTO Resource SET uid = 'evil'
DELETE FROM Resource
TRUNCATE TYPE Resource UNSAFE
"""
_REACHES_OUT = """
LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row
LOAD CSV FROM 'http://127.0.0.1:9/x' AS row RETURN row
LOAD CSV WITH HEADERS FROM 'https://127.0.0.1:9/x' AS row RETURN row
LOAD CSV FROM 'ftp://127.0.0.1:9/x' AS row RETURN row
LOAD CSV FROM 'jar:file:///etc/x!/y' AS row RETURN row
LOAD/**/CSV FROM 'file:///etc/passwd' AS row RETURN row
MATCH (n:Resource) CALL (n) { LOAD CSV FROM 'file:///etc/passwd' AS r RETURN r } RETURN r
RETURN COUNT { LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row }
EXPLAIN LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row
PROFILE LOAD CSV FROM 'file:///etc/passwd' AS row RETURN row
CALL dbms.listConfig() YIELD name, value RETURN name, value
CALL dbms.listConfig('password')
CALL dbms.setConfigValue('db.logs.query.enabled', 'OFF')
CALL dbms.killQuery('1')
CALL dbms.listQueries()
CALL dbms.listConnections()
CALL dbms.killConnection('bolt-1')
CALL dbms.security.listUsers()
CALL dbms.security.createUser('evil', 'evil')
CALL db.createLabel('Evil')
CALL db.createProperty('evil')
CALL db.index.fulltext.createNodeIndex('evil', ['Resource'], ['label'])
CALL db.clearQueryCaches()
CALL db.prepareForReplanning()
CALL db.checkpoint()
CALL apoc.load.json('file:///etc/passwd')
CALL apoc.cypher.doIt('CREATE (:Evil)', {})
CALL apoc.export.csv.all('/tmp/evil.csv', {})
CALL merge.node(['Evil'], {uid: 'evil'})
CALL db.migrateLegacyTemporals()
CALL tx.setMetaData({evil: true})
RETURN apoc.util.sha1(['x'])
SHOW USERS
SHOW CURRENT USER
SHOW TRANSACTIONS
SHOW SETTINGS
SHOW PRIVILEGES
SHOW SERVERS
SHOW DATABASES
PROFILE SHOW TRANSACTIONS
EXPLAIN SHOW TRANSACTIONS
TERMINATE TRANSACTIONS 'neo4j-transaction-1'
SHOW TRANSACTIONS YIELD transactionId AS t TERMINATE TRANSACTIONS t YIELD message RETURN message
USE system SHOW USERS
"""
_ENDLESS = """
MATCH path = ()-[*]-() RETURN count(path)
MATCH path = ()-[*1..]->() RETURN path
MATCH (a), (b), (c), (d), (e), (f) RETURN count(*)
MATCH (a), (b) MATCH p = allShortestPaths((a)-[*]-(b)) WHERE a <> b RETURN count(p)
UNWIND range(1, 1000000) AS a UNWIND range(1, 1000000) AS b WITH a WHERE a < 0 RETURN count(*)
RETURN size([x IN range(1, 20000000) WHERE x < 0])
RETURN reduce(n = 0, x IN range(1, 20000000) | n + x)
WITH range(1, 100000) AS x UNWIND x AS a UNWIND x AS b RETURN sum(a * b)
"""


def _lines(text: str) -> tuple[str, ...]:
    return tuple(line.replace("\\n", "\n") for line in text.strip().splitlines())


QUERIES = _lines(_CHANGES) + _lines(_SCHEMA) + _lines(_REACHES_OUT)
"""Cypher that wants to change something, or to see what is not the graph."""
ENDLESS = _lines(_ENDLESS)
"""Cypher that wants all the time there is."""
TEXTS = (
    *("' OR 1=1 //", "'}) DETACH DELETE n //", "x'}) MATCH (n) DETACH DELETE n RETURN ('", "`"),
    *('"', "'", "\\", "\\'", "\\u0027}) CREATE (:Evil) //", "${jndi:ldap://127.0.0.1/x}", "$uid"),
    *(
        "{{7*7}}",
        "{% raw %}",
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "&lt;b&gt;",
    ),
    *(
        "javascript:alert(1)",
        "../../etc/passwd",
        "/etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "%00",
        "a\0b",
    ),
    *(
        "\r\nSet-Cookie: evil=1",
        "a\nb",
        "\x1b[2J\x1b]0;evil\x07",
        "\u202eevil",
        "\u2066x\u2069",
        "\ufeff",
    ),
    *(
        "null",
        "true",
        "NaN",
        "-0",
        "1e999",
        "9" * 400,
        "=1+1",
        "@SUM(A1)",
        "-- DROP TABLE x",
        "; ls",
    ),
    *(
        "[bold]evil[/]",
        "[link=file:///etc/passwd]x[/link]",
        "%s%n%x",
        "{0.__class__}",
        "e\u0301",
        "\U0001f4a5",
    ),
    *(
        "$(touch /tmp/evil)",
        "`id`",
        "|cat /etc/passwd",
        "Resource:Evil",
        "uid",
        "n.uid",
        "*",
        "%",
        "?",
        "#x",
    ),
    *("a" * 5_000, "({})" * 500, "\ud800", "\udcff"),
)
"""Names, values, ids and search texts."""
LABELS = (
    *(
        "Evil`) DETACH DELETE (n",
        "Evil:Meta",
        "Evil {x: 1}",
        "1Evil",
        "Evil Name",
        "",
        "`",
        "Ev'il",
    ),
    *(
        'Ev"il',
        "Evil)",
        "Evil|Meta",
        "Evil\n",
        "\u00c9vil",
        "$label",
        "Evil;",
        "Evil--",
        "(Evil",
        "*",
    ),
)
"""Class names that are no labels."""
