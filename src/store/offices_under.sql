WITH RECURSIVE tree (id) AS (
    SELECT id FROM offices WHERE id = $1
    UNION
    SELECT offices.id FROM offices JOIN tree ON offices.parent_id = tree.id
)
SELECT id FROM tree
