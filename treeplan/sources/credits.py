"""Licences and the lines of credit they ask for (METHODS.md 2.7)."""

from __future__ import annotations

OGL = "OGL-UK-3.0"
ODBL = "ODbL-1.0"
UNSTATED = "not stated: ask the publisher before passing anything on"
OGL_PARCELS = "OGL-UK-3.0, with conditions of HM Land Registry and Ordnance Survey on the polygons"

PUBLIC = "Contains public sector information licensed under the Open Government Licence v3.0."
BOUNDARIES = (
    "Source: Office for National Statistics licensed under the Open Government Licence v3.0. "
    "Contains OS data © Crown copyright and database right."
)
CENSUS = "Contains National Statistics data © Crown copyright and database right."
OS = "Contains OS data © Crown copyright and database right."
NATURAL_ENGLAND = "© Natural England. Contains OS data © Crown copyright and database right."
HISTORIC_ENGLAND = "© Historic England. Contains OS data © Crown copyright and database right."
ENVIRONMENT_AGENCY = "© Environment Agency copyright and/or database right."
FOREST_RESEARCH = "© Forest Research. Contains OS data © Crown copyright and database right."
LAND_REGISTRY = "Contains HM Land Registry and Ordnance Survey data © Crown copyright and database right."
FRIENDS_OF_THE_EARTH = "Friends of the Earth (ODbL)"
OPENSTREETMAP = "© OpenStreetMap contributors (ODbL)"

ONS = "Office for National Statistics"
NOMIS = "https://www.nomisweb.co.uk/output/census/2021"
