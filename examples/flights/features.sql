-- What is known of a flight when its scheduled hour begins: 19 columns, one row per flight asked for.
-- The views hold what was known at that instant: no weather of the current hour, nothing of the flight's own future.
select
  f.flight_id,
  f.carrier,
  f.origin,
  f.dest,
  f.distance,
  f.hour,
  f.minute,
  isodow(make_date(f.year, f.month, f.day)) as weekday,
  w.temp,
  w.dewp,
  w.humid,
  w.wind_dir,
  w.wind_speed,
  w.wind_gust,
  w.precip,
  w.pressure,
  w.visib,
  p.year as plane_year,
  p.seats,
  p.engines
from entities
join flights f using (flight_id)
left join weather w on w.origin = f.origin and w.time_hour = f.time_hour - interval 1 hour
left join planes p on p.tailnum = f.tailnum
