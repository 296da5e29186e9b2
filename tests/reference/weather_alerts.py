#!/usr/bin/env python3
"""Who is to be alerted by what, worked out a second time.

Takes recorded alerts of the NWS API and one made-up home in each US county (at the county's centre, as
tests/data/README.md describes) and prints, sorted, one line per home and event that is to be told at the instant --at:
    customer_id,event_key,message_id

The rule, in its first form: a message counts when it is Actual, no test, an Alert or Update, in force (VTEC), sent
already, not superseded by another message at hand, of a chosen event and severity, and the hazard lies ahead or is in force for 10 minutes more.
What supersedes is a warning that refers to it. A message that ends the event (Cancel, AllClear, Past, VTEC CAN, EXP or
UPG) takes back no more than its own places, or everything when it names none.
Coordinates are compared exactly (decimal digits, never binary fractions); a point on the border is inside.
"""

import argparse
import csv
import json
import re
import sys
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

DATA = Path(__file__).resolve().parent.parent / "data"
ALERTS = DATA / "weather-alerts" / "nws-api" / "active-2026-07-15.json"
COUNTIES = DATA / "geo" / "nws_county_same_2025-03-18.csv"
ZONES = DATA / "geo" / "nws_public_forecast_zones_2024-03-05.csv"

EVENTS = [
    "Flash Flood Warning", "Flood Warning", "Severe Thunderstorm Warning", "Tornado Warning", "Ice Storm Warning",
    "Winter Storm Warning", "Blizzard Warning", "High Wind Warning", "Hurricane Warning", "Tropical Storm Warning",
    "Extreme Heat Warning", "Red Flag Warning", "Civil Emergency Message",
]
SEVERITIES = ["Extreme", "Severe"]
TEST_CODES = {"RWT", "RMT", "DMO"}
ENDED = {"CAN", "EXP", "UPG"}

STATE_FIPS = {
    "AL": "01", "AK": "02", "AZ": "04", "AR": "05", "CA": "06", "CO": "08", "CT": "09", "DE": "10", "DC": "11",
    "FL": "12", "GA": "13", "HI": "15", "ID": "16", "IL": "17", "IN": "18", "IA": "19", "KS": "20", "KY": "21",
    "LA": "22", "ME": "23", "MD": "24", "MA": "25", "MI": "26", "MN": "27", "MS": "28", "MO": "29", "MT": "30",
    "NE": "31", "NV": "32", "NH": "33", "NJ": "34", "NM": "35", "NY": "36", "NC": "37", "ND": "38", "OH": "39",
    "OK": "40", "OR": "41", "PA": "42", "RI": "44", "SC": "45", "SD": "46", "TN": "47", "TX": "48", "UT": "49",
    "VT": "50", "VA": "51", "WA": "53", "WV": "54", "WI": "55", "WY": "56", "AS": "60", "GU": "66", "MP": "69",
    "PR": "72", "VI": "78",
}

VTEC = re.compile(r"/([OTEX])\.([A-Z]{3})\.([A-Z]{4})\.([A-Z]{2})\.([A-Z])\.(\d{4})"
                  r"\.(\d{6})T\d{4}Z-(\d{6})T\d{4}Z/")


class Home:
    def __init__(self, customer_id, county_fips, longitude=None, latitude=None, forecast_zone=""):
        self.customer_id = customer_id
        self.county_fips = county_fips
        self.longitude = longitude
        self.latitude = latitude
        self.forecast_zone = forecast_zone


def instant(text):
    moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
    if moment.tzinfo is None:
        raise ValueError(f"{text} has no offset from UTC")
    return moment.astimezone(timezone.utc)


# Homes


def table(path):
    with open(path, newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def homes(counties=COUNTIES, zones=ZONES):
    """One home in each county: the first row that means the whole county, else the county's first row."""
    zone_of = {}
    for row in table(zones):
        zone_of.setdefault((row["STATE"], row["NAME"]), set()).add(row["STATE"] + "Z" + row["ZONE"])
    chosen = {}
    for row in table(counties):
        whole = row["AREA_SAME"] == row["ENTIRESAME"]
        before = chosen.get(row["FIPS"])
        if before is None or (whole and before["AREA_SAME"] != before["ENTIRESAME"]):
            chosen[row["FIPS"]] = row
    for fips, row in sorted(chosen.items()):
        same_name = zone_of.get((row["STATE"], row["COUNTYNAME"]), set())
        yield Home("county-" + fips, fips, Decimal(row["LON"]), Decimal(row["LAT"]),
                   next(iter(same_name)) if len(same_name) == 1 else "")


# Messages


def messages(document):
    """(properties, geometry) of each different message in a FeatureCollection, a bare array, or one Feature."""
    features = document if isinstance(document, list) else document.get("features", [document])
    seen = set()
    for feature in features:
        properties = feature["properties"]
        if properties["id"] not in seen:
            seen.add(properties["id"])
            yield properties, feature.get("geometry")



def is_test(properties):
    codes = set((properties.get("eventCode") or {}).get("SAME", []))
    return (properties["status"] != "Actual"
            or re.search(r"\btest\b", properties["event"], re.IGNORECASE) is not None
            or bool(codes & TEST_CODES)
            or "KEEPALIVE" in properties["id"])


def vtec_codes(properties):
    return [match for text in (properties.get("parameters") or {}).get("VTEC") or [] for match in VTEC.finditer(text)]


def ruling_vtec(properties):
    """The first VTEC code that has not ended, or None."""
    return next((code for code in vtec_codes(properties) if code[2] not in ENDED), None)


def in_force(properties):
    if properties["messageType"] not in ("Alert", "Update"):
        return False
    if properties.get("response") == "AllClear" or properties.get("urgency") == "Past":
        return False
    if not vtec_codes(properties):
        return True
    code = ruling_vtec(properties)
    return code is not None and code[1] == "O"


def heard(properties, now):
    """Whether the message is real and has been sent."""
    codes = vtec_codes(properties)
    code = ruling_vtec(properties) or (codes[0] if codes else None)
    return properties["status"] == "Actual" and (code is None or code[1] == "O") and instant(properties["sent"]) <= now


def ends_the_event(properties):
    if properties["messageType"] == "Cancel":
        return True
    return properties["messageType"] in ("Alert", "Update") and (
        properties.get("response") == "AllClear" or properties.get("urgency") == "Past"
        or (vtec_codes(properties) != [] and ruling_vtec(properties) is None))


def superseded_ids(documents, now):
    return {reference["identifier"] for properties, _ in documents
            if heard(properties, now) and in_force(properties) for reference in properties.get("references") or []}


def taken_back(documents, now):
    """{message_id: the areas for which a later message ends the event}."""
    areas = {}
    for properties, geometry in documents:
        if heard(properties, now) and ends_the_event(properties):
            for reference in properties.get("references") or []:
                areas.setdefault(reference["identifier"], []).append(Area(properties, geometry))
    return areas


def worth_a_warning(properties, now):
    begins = instant(properties.get("onset") or properties.get("effective") or properties["sent"])
    ends = instant(properties.get("ends") or properties["expires"])
    return now < ends and (now < begins or ends - now >= timedelta(minutes=10))


def event_key(properties):
    """What all messages about one hazard share: office, phenomenon, significance, number and year of its VTEC code."""
    code = ruling_vtec(properties)
    if code is None:
        return properties["id"]
    dated = next((day for day in (code[8], code[7]) if day != "000000"), None)
    year = "20" + dated[:2] if dated else str(instant(properties["sent"]).year)
    return ".".join([code[3], code[4], code[5], code[6], year])


# Where


def inside(polygon, x, y):
    """Whether the point lies in the outer ring or on its border, and not within a hole (a hole's border is inside)."""
    odd = False
    for ring in polygon:
        for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1]):
            cross = (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1)
            if cross == 0 and min(x1, x2) <= x <= max(x1, x2) and min(y1, y2) <= y <= max(y1, y2):
                return True
            if (y1 > y) != (y2 > y) and (cross > 0) == (y2 > y1):
                odd = not odd
    return odd


def polygons(geometry):
    if not geometry or not geometry.get("coordinates"):
        return []
    several = {"Polygon": [geometry["coordinates"]], "MultiPolygon": geometry["coordinates"]}[geometry["type"]]
    return [[[(Decimal(point[0]), Decimal(point[1])) for point in ring] for ring in polygon] for polygon in several]


class Area:
    """Where a message holds. A polygon is the warned area itself; codes only list what it touches."""

    def __init__(self, properties, geometry):
        self.polygons = polygons(geometry)
        geocode = properties.get("geocode") or {}
        listed = set(properties.get("affectedZones") or [])
        self.zones, self.counties, self.states = set(), set(), set()
        self.is_nowhere = not (self.polygons or geocode.get("UGC") or geocode.get("SAME") or listed)
        for code in geocode.get("UGC", []):
            if code[2] == "Z" and any(url.endswith("/zones/forecast/" + code) for url in listed):
                self.zones.add(code)
            if code[2] == "C" and code[:2] in STATE_FIPS:
                self.counties.add(STATE_FIPS[code[:2]] + code[3:])
        for code in geocode.get("SAME", []):
            if code[3:] == "000":
                self.states.add(code[1:3])
            else:
                self.counties.add(code[1:])

    def holds(self, home):
        if self.polygons and home.longitude is not None:
            return any(inside(polygon, home.longitude, home.latitude) for polygon in self.polygons)
        return (home.forecast_zone in self.zones
                or home.county_fips in self.counties
                or home.county_fips[:2] in self.states)

    def holds_exactly(self, home):
        """By the most exact description that both know: zones of one county may be let go one by one."""
        if self.polygons and home.longitude is not None or not (self.zones and home.forecast_zone):
            return self.holds(home)
        return home.forecast_zone in self.zones


# Who


def alerted(documents, places, now, events, severities):
    """{(customer_id, event_key): message_id}; of several messages about one event, the one sent last, then by id."""
    documents = list(documents)
    superseded, ended = superseded_ids(documents, now), taken_back(documents, now)
    places = list(places)
    found, never = {}, (datetime.min.replace(tzinfo=timezone.utc), "")
    for properties, geometry in documents:
        if (is_test(properties) or not in_force(properties) or properties["id"] in superseded
                or (events is not None and properties["event"] not in events)
                or (severities is not None and properties["severity"] not in severities)
                or not worth_a_warning(properties, now) or instant(properties["sent"]) > now):
            continue
        area, key = Area(properties, geometry), event_key(properties)
        rank = (instant(properties["sent"]), properties["id"])
        ends = ended.get(properties["id"], [])
        for home in places:
            if (area.holds(home) and not any(end.is_nowhere or end.holds_exactly(home) for end in ends)
                    and rank > found.get((home.customer_id, key), never)):
                found[(home.customer_id, key)] = rank
    return {pair: rank[1] for pair, rank in found.items()}


def choice(text):
    return None if text == "all" else {part.strip() for part in text.split(",")}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("alerts", nargs="?", default=ALERTS, type=Path, help="GeoJSON of api.weather.gov")
    parser.add_argument("--at", type=instant, help="the instant to decide for, as 2026-07-15T12:00Z")
    parser.add_argument("--counties", default=COUNTIES, type=Path, help="the table of counties")
    parser.add_argument("--zones", default=ZONES, type=Path, help="the table of public forecast zones")
    parser.add_argument("--events", default=",".join(EVENTS), help="events, comma between them, or: all")
    parser.add_argument("--severities", default=",".join(SEVERITIES), help="severities, comma between them, or: all")
    parser.add_argument("--homes", action="store_true", help="print the homes: id, latitude, longitude, county, zone")
    parser.add_argument("--summary", action="store_true", help="tell counts on standard error")
    arguments = parser.parse_args()

    if arguments.homes:
        for home in homes(arguments.counties, arguments.zones):
            print(home.customer_id, home.latitude, home.longitude, home.county_fips, home.forecast_zone, sep=",")
        return
    if arguments.at is None:
        parser.error("say for which instant: --at")

    with open(arguments.alerts, encoding="utf-8") as file:
        documents = list(messages(json.load(file, parse_float=Decimal)))
    found = alerted(documents, homes(arguments.counties, arguments.zones), arguments.at,
                    choice(arguments.events), choice(arguments.severities))
    for (customer, key), message in sorted(found.items()):
        print(f"{customer},{key},{message}")
    if arguments.summary:
        print(f"{len(documents)} messages, {len(found)} notices to {len({pair[0] for pair in found})} customers "
              f"about {len({pair[1] for pair in found})} events", file=sys.stderr)


if __name__ == "__main__":
    main()
