-- The names of line kinds that households with benefits, land plots and unauthorised connections have.
create or replace view charge_line_text as
select l.run, r.period, r.organisation, l.shard, l.site, l.account, l.ordinal,
  (array['METER', 'METER_DELTA', 'AVERAGE', 'NORM', 'KPOV', 'KDELAY', 'FIXED', 'OWN', 'SECTION', 'COMMON', 'ODN',
    'ABSENCE', 'TAMPER', 'MANUAL', 'ENERGY', 'CAPACITY', 'TRANSMISSION_POWER', 'FACT_OVER_PLAN', 'PLAN_OVER_FACT',
    'PLAN_SUM', 'DEVIATION_ABS', 'BENEFIT', 'PLOT', 'UNAUTHORISED'])[l.kind + 1] as kind,
  r.rules->l.rule->>'rule' as rule, (r.rules->l.rule->>'version')::integer as rule_version,
  l.point, (array['T0', 'T1', 'T3', 'T2'])[l.zone + 1] as zone, l.range, l.origin, l.tariff_from,
  l.volume, l.price, l.amount, l.vat
from charge_line l
join charge_run r on r.id = l.run
where exists (select from run_event e where e.run = l.run and e.event = 'APPROVED');
