#!/usr/bin/env python3
"""Small cases checked by hand, for the two calculations of this folder.

Run: python3 tests/reference/test_reference.py
"""

import contextlib
import io
import json
import unittest
from decimal import Decimal
from unittest import mock

import slow_video
import weather_alerts
from weather_alerts import Area, Home, alerted, event_key, in_force, inside, instant, is_test, messages

SQUARE = [[(Decimal(x), Decimal(y)) for x, y in [(0, 0), (10, 0), (10, 10), (0, 10), (0, 0)]]]
HOLE = [(Decimal(x), Decimal(y)) for x, y in [(4, 4), (6, 4), (6, 6), (4, 6), (4, 4)]]
KEEP = "/O.CON.KPUB.FF.W.0010.000000T0000Z-260715T2115Z/"


def message(**changes):
    properties = {
        "id": "m1", "status": "Actual", "messageType": "Alert", "event": "Flood Warning", "severity": "Severe",
        "urgency": "Expected", "response": "Avoid", "references": [], "sent": "2026-07-15T10:00:00-05:00",
        "effective": "2026-07-15T10:00:00-05:00", "onset": "2026-07-15T18:00:00-05:00",
        "expires": "2026-07-15T12:00:00-05:00", "ends": "2026-07-16T00:00:00-05:00",
        "parameters": {"VTEC": [KEEP]}, "affectedZones": [], "geocode": {"SAME": ["008015"]},
    }
    return properties | changes


class SlowVideo(unittest.TestCase):
    def session(self, watch, stall, count, longest=None, after_last=None):
        as_decimal = [None if value is None else Decimal(value) for value in (longest, after_last)]
        return slow_video.Session("p", Decimal(watch), Decimal(stall), count, *as_decimal)

    def test_score_of_two_stalls_filling_a_tenth(self):
        # N = 2: 100/sqrt(2) = 70.7107; ratio 0.1: 100/e = 36.7879; their mean 53.7493
        self.assertAlmostEqual(53.7493, slow_video.score(Decimal(100), Decimal(10), 2), places=4)
        self.assertEqual(100, slow_video.score(Decimal(100), Decimal(0), 0))
        # nothing but stalls, though never counted: 100 and 100*e^-10, halved
        self.assertAlmostEqual(50.0023, slow_video.score(Decimal(9), Decimal(9), 0), places=4)

    def test_thresholds_include_their_own_value_where_the_rule_says_at_least(self):
        self.assertEqual(["ratio"], slow_video.reasons(self.session(120, 6, 0)))
        self.assertEqual([], slow_video.reasons(self.session("119.999", 50, 9)))
        self.assertEqual([], slow_video.reasons(self.session(2000, 99, 1)))
        # many short stalls: the score is under 55 and the ratio exactly 1 %, then just below it
        self.assertEqual(["score"], slow_video.reasons(self.session(1000, 10, 20)))
        self.assertEqual([], slow_video.reasons(self.session(1000, "9.999", 20)))
        self.assertEqual(["longest"], slow_video.reasons(self.session(6000, 60, 1, 60, 5000)))

    def test_leaving_over_a_stall_counts_even_in_a_short_session(self):
        self.assertEqual(["left"], slow_video.reasons(self.session(30, 10, 1, 10, 0)))
        self.assertEqual(["left"], slow_video.reasons(self.session(90, 10, 1, 10, 60)))
        self.assertEqual([], slow_video.reasons(self.session(90, 10, 1, 10, "60.001")))
        self.assertEqual([], slow_video.reasons(self.session(90, 10, 2, "9.999", 0)))
        film = self.session(5511, 11, 1, 11, 30)
        for content, expected in [(Decimal(5500), []), (Decimal(5612), []), (Decimal(5613), ["left"])]:
            film.content = content
            self.assertEqual(expected, slow_video.reasons(film))

    def test_playing_out_of_the_buffer(self):
        # 4 s chunks. After the first the buffer holds 4 s; 5 s for the second: 1 s of stall, two chunks left to play.
        self.assertEqual([(1000, 2)], slow_video.play([700, 5000, 1000], 4000))
        # Quick chunks fill the buffer to 16 s and no further, so when the next is asked for it holds 12 s.
        self.assertEqual([], slow_video.play([100] * 20 + [12_000], 4000))
        self.assertEqual([(1, 1)], slow_video.play([100] * 20 + [12_001], 4000))
        # A stall empties the buffer; what arrives then plays at once: 12.001 s, then 4.5 s against one chunk.
        self.assertEqual([(1, 2), (500, 1)], slow_video.play([100] * 20 + [12_001, 4500], 4000))

    def test_noise_of_binary_fractions_goes_away(self):
        self.assertEqual(561, slow_video.milliseconds("0.5609999999999999"))
        self.assertEqual(5757, slow_video.milliseconds("5.757000000000001"))

    def test_every_recorded_playback_is_read(self):
        youtube, lumos = list(slow_video.youtube()), list(slow_video.lumos())
        self.assertEqual((2000, 60), (len(youtube), len(lumos)))
        self.assertEqual(2060, len({session.purchase_id for session in youtube + lumos}))
        # far enough from every threshold that no way of rounding to milliseconds changes a verdict
        self.assertGreater(min(map(slow_video.margin, youtube + lumos)), 1e-5)

    def test_the_command_tells_who_is_due(self):
        shown = io.StringIO()
        with mock.patch("sys.argv", ["slow_video.py", "lumos", "--due-only"]), contextlib.redirect_stdout(shown):
            slow_video.main()
        self.assertIn("lumos-210407_1009-50Mbps-4g-medium-bbb_4s-BBA\n", shown.getvalue())
        self.assertNotIn("200507_1000", shown.getvalue())


class Geometry(unittest.TestCase):
    def test_inside_outside_and_border(self):
        for x, y, expected in [(5, 5, True), (11, 5, False), (-1, 0, False), (0, 0, True), (10, 5, True), (5, 10, True),
                               (12, 10, False), (-1, 10, False)]:
            self.assertEqual(expected, inside(SQUARE, Decimal(x), Decimal(y)), (x, y))

    def test_a_hole_is_outside_but_its_border_is_not(self):
        self.assertFalse(inside([SQUARE[0], HOLE], Decimal(5), Decimal(5)))
        self.assertTrue(inside([SQUARE[0], HOLE], Decimal(4), Decimal(5)))
        self.assertTrue(inside([SQUARE[0], HOLE], Decimal(3), Decimal(5)))

    def test_a_ray_through_a_corner_counts_once(self):
        diamond = [[(Decimal(x), Decimal(y)) for x, y in [(0, 5), (5, 0), (10, 5), (5, 10), (0, 5)]]]
        self.assertTrue(inside(diamond, Decimal(5), Decimal(5)))
        self.assertFalse(inside(diamond, Decimal(-5), Decimal(5)))
        self.assertFalse(inside(diamond, Decimal(2), Decimal(10)))
        self.assertTrue(inside(diamond, Decimal("2.5"), Decimal("2.5")))

    def test_the_polygon_decides_over_the_codes(self):
        area = Area(message(), {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]})
        self.assertFalse(area.holds(Home("far", "08015", Decimal(5), Decimal(5))))
        self.assertTrue(area.holds(Home("in", "99999", Decimal("0.9"), Decimal("0.5"))))
        self.assertTrue(area.holds(Home("nowhere", "08015")), "without coordinates the codes decide")


class Codes(unittest.TestCase):
    def test_county_zone_partial_county_and_whole_state(self):
        area = Area(message(geocode={"SAME": ["048325", "512086", "015000"], "UGC": ["COC015", "TXZ125", "COZ222"]},
                            affectedZones=["https://api.weather.gov/zones/forecast/TXZ125",
                                           "https://api.weather.gov/zones/fire/COZ222"]), None)
        matches = {"48325": True, "12086": True, "08015": True, "15003": True, "48327": False, "16001": False}
        for county, expected in matches.items():
            self.assertEqual(expected, area.holds(Home("c", county)), county)
        self.assertTrue(area.holds(Home("c", "48459", forecast_zone="TXZ125")))
        self.assertFalse(area.holds(Home("c", "08999", forecast_zone="COZ222")), "a fire zone is no forecast zone")
        self.assertFalse(area.holds(Home("c", "08999")))


class Messages(unittest.TestCase):
    def test_what_is_no_hazard(self):
        self.assertFalse(is_test(message()))
        for changes in [{"status": "Test"}, {"status": "Exercise"}, {"event": "Test Message"},
                        {"event": "Required Weekly Test"}, {"eventCode": {"SAME": ["RMT"]}},
                        {"id": "urn:oid:2.49.0.1.840.0-KEEPALIVE-53757"}]:
            self.assertTrue(is_test(message(**changes)), changes)

    def test_what_is_not_in_force(self):
        self.assertTrue(in_force(message()))
        self.assertTrue(in_force(message(parameters={}, messageType="Update", response=None)))
        for changes in [{"messageType": "Cancel"}, {"response": "AllClear"}, {"urgency": "Past"}] + [
                {"parameters": {"VTEC": [KEEP.replace("O.CON", code)]}}
                for code in ("O.CAN", "O.EXP", "O.UPG", "T.NEW", "E.NEW", "X.NEW")]:
            self.assertFalse(in_force(message(**changes)), changes)

    def test_event_key(self):
        def key(*codes, **changes):
            return event_key(message(parameters={"VTEC": list(codes)}, **changes))
        self.assertEqual("KPUB.FF.W.0010.2026", key(KEEP))
        self.assertEqual("KPUB.FF.W.0011.2026", key(KEEP.replace("O.CON", "O.UPG"), KEEP.replace("0010", "0011")))
        self.assertEqual("KOUN.WS.W.0001.2025", key("/O.EXT.KOUN.WS.W.0001.251231T0000Z-000000T0000Z/"))
        self.assertEqual("KOUN.FL.W.0002.2024", key("/O.CON.KOUN.FL.W.0002.000000T0000Z-000000T0000Z/",
                                                    sent="2023-12-31T20:00:00-06:00"))
        self.assertEqual("m1", key())

    def told(self, documents, at="2026-07-15T17:00Z", **choices):
        chosen = {"events": {"Flood Warning"}, "severities": {"Severe"}} | choices
        return alerted([(each, None) for each in documents], [Home("c", "08015")], instant(at), **chosen)

    def test_before_the_hazard_and_until_ten_minutes_before_its_end(self):
        self.assertEqual({("c", "KPUB.FF.W.0010.2026"): "m1"}, self.told([message()]))
        self.assertEqual(1, len(self.told([message()], at="2026-07-15T23:00Z")), "in force")
        self.assertEqual({}, self.told([message(ends=None)], at="2026-07-15T17:00Z"), "expires stands in for ends")
        self.assertEqual(1, len(self.told([message(onset=None)])), "effective stands in for onset")
        self.assertEqual(1, len(self.told([message()], at="2026-07-16T04:50:00Z")))
        self.assertEqual({}, self.told([message()], at="2026-07-16T04:50:01Z"), "too little is left")
        self.assertEqual({}, self.told([message(severity="Minor")]))
        self.assertEqual({}, self.told([message(event="Gale Warning")]))
        self.assertEqual(1, len(self.told([message(event="Gale Warning", severity="Minor")],
                                          events=None, severities=None)))

    def test_one_notice_per_event_and_none_for_what_was_superseded(self):
        later = message(id="m2", sent="2026-07-15T10:30:00-05:00")
        self.assertEqual(["m2"], list(self.told([later, message()]).values()))
        update = message(id="m3", messageType="Update", severity="Minor", references=[{"identifier": "m1"}])
        self.assertEqual({}, self.told([message(), update]))
        self.assertEqual(1, len(self.told([message(), update | {"sent": "2026-07-15T17:00:01Z"}])), "not sent yet")
        self.assertEqual(1, len(self.told([message(), update | {"status": "Test"}])))

    def test_an_end_takes_back_its_own_places_only(self):
        homes = [Home("a", "08015"), Home("b", "08016")]
        warning = message(geocode={"SAME": ["008015", "008016"]})
        for end in [{"messageType": "Cancel"}, {"messageType": "Update", "response": "AllClear"}, {"urgency": "Past"},
                    {"messageType": "Update", "parameters": {"VTEC": [KEEP.replace("O.CON", "O.CAN")]}}]:
            documents = [(warning, None), (message(id="m3", references=[{"identifier": "m1"}], **end), None)]
            told = alerted(documents, homes, instant("2026-07-15T17:00Z"), None, None)
            self.assertEqual(["b"], [customer for customer, _ in told], end)
        everywhere = message(id="m3", messageType="Cancel", references=[{"identifier": "m1"}], geocode={})
        self.assertEqual({}, self.told([message(), everywhere]))

    def test_of_two_zones_of_a_county_one_can_be_let_go(self):
        def of(*zones):
            return {"geocode": {"SAME": ["008015"], "UGC": list(zones)},
                    "affectedZones": ["https://api.weather.gov/zones/forecast/" + zone for zone in zones]}
        cancel = message(id="m3", messageType="Cancel", references=[{"identifier": "m1"}], **of("COZ036"))
        homes = [Home("a", "08015", forecast_zone="COZ036"), Home("b", "08015", forecast_zone="COZ037")]
        told = alerted([(message(**of("COZ036", "COZ037")), None), (cancel, None)], homes,
                       instant("2026-07-15T17:00Z"), None, None)
        self.assertEqual(["b"], [customer for customer, _ in told])

    def test_nothing_speaks_before_it_is_sent(self):
        self.assertEqual({}, self.told([message()], at="2026-07-15T14:59:59Z"))
        self.assertEqual(1, len(self.told([message()], at="2026-07-15T15:00:00Z")))

    def test_a_watch_cancelled_for_one_county_stays_for_six(self):
        with open(weather_alerts.ALERTS.parent / "zone-history-ALC129-tornado-watch.json", encoding="utf-8") as file:
            documents = list(messages(json.load(file, parse_float=Decimal)))
        told = alerted(documents, weather_alerts.homes(), instant("2025-11-25T16:54:00-06:00"), None, None)
        self.assertEqual(["01013", "01025", "01035", "01041", "01099", "01131"],
                         sorted(customer.removeprefix("county-") for customer, _ in told))
        told = alerted(documents, weather_alerts.homes(), instant("2025-11-25T16:53:59-06:00"), None, None)
        self.assertEqual(7, len(told))

    def test_every_recorded_shape_is_read(self):
        counts = {}
        for path in weather_alerts.ALERTS.parent.glob("*.json"):
            with open(path, encoding="utf-8") as file:
                counts[path.name] = len(list(messages(json.load(file, parse_float=Decimal))))
        self.assertEqual({
            "active-2024-12-08-features.json": 444, "active-2026-07-15.json": 393, "by-area-2020-01-07.json": 1,
            "point-nyc-2026-07-01.json": 2, "single-alert-2020-01-04.json": 1, "winter-2023-01-31.json": 2,
            "zone-history-ALC129-tornado-watch.json": 3}, counts)

    def test_the_recorded_test_message_reaches_nobody(self):
        with open(weather_alerts.ALERTS.parent / "active-2024-12-08-features.json", encoding="utf-8") as file:
            documents = [(each, geometry) for each, geometry in messages(json.load(file)) if is_test(each)]
        self.assertEqual(["Test Message"], [each["event"] for each, _ in documents])
        self.assertEqual({}, alerted(documents, weather_alerts.homes(), instant("2024-12-08T00:00Z"), None, None))


class Counties(unittest.TestCase):
    """The made-up homes stand in their counties, by the outlines of the Census Bureau."""

    # Islands, harbours and cities inside a county, where the centre of the NWS table lies outside the coarse outline.
    OUTSIDE = set("02016 02105 02122 02130 02150 06083 24035 26083 29069 29093 37015 44005 48007 51087 51089 51161 "
                  "51610 51685 53029 55091 69085 72097".split())

    def test_one_home_in_each_county(self):
        with open(weather_alerts.DATA / "geo" / "us_counties_10m_topojson.json", encoding="utf-8") as file:
            outlines = county_outlines(json.load(file))
        homes = list(weather_alerts.homes())
        self.assertEqual(3233, len(homes))
        self.assertEqual(2389, sum(1 for home in homes if home.forecast_zone))
        outside = {home.county_fips for home in homes if home.county_fips in outlines
                   and not any(inside(polygon, float(home.longitude), float(home.latitude))
                               for polygon in outlines[home.county_fips])}
        self.assertEqual(self.OUTSIDE, outside)
        without = {home.county_fips for home in homes} - set(outlines)
        self.assertEqual({"02063", "02066", "60030", "60040"}, without)


def county_outlines(topology):
    (scale_x, scale_y), (move_x, move_y) = topology["transform"]["scale"], topology["transform"]["translate"]
    arcs = []
    for steps in topology["arcs"]:
        x = y = 0
        arcs.append([])
        for step_x, step_y in steps:
            x, y = x + step_x, y + step_y
            arcs[-1].append((x * scale_x + move_x, y * scale_y + move_y))

    def ring(indexes):
        return [point for index in indexes for point in (arcs[index] if index >= 0 else arcs[~index][::-1])]

    return {shape["id"]: [[ring(part) for part in polygon]
                          for polygon in ([shape["arcs"]] if shape["type"] == "Polygon" else shape["arcs"])]
            for shape in topology["objects"]["counties"]["geometries"]}


if __name__ == "__main__":
    unittest.main()
