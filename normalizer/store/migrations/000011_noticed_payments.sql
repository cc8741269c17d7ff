-- A destination's projector asks for what came by notices since its last look, shard by shard; without an index of
-- seq it would read every payment of the shard in every month. Statements of banks do not write it.
create index payment_noticed on payment (shard, seq) where source = 'GIS_ZHKH';
