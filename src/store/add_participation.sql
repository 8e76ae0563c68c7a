ON CONFLICT (group_id, year, area_code, scheme)
DO UPDATE SET
    january = participation.january + excluded.january,
    february = participation.february + excluded.february,
    march = participation.march + excluded.march,
    april = participation.april + excluded.april,
    may = participation.may + excluded.may,
    june = participation.june + excluded.june,
    july = participation.july + excluded.july,
    august = participation.august + excluded.august,
    september = participation.september + excluded.september,
    october = participation.october + excluded.october,
    november = participation.november + excluded.november,
    december = participation.december + excluded.december
