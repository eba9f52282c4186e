"""What the legal department keeps: questions, letters of demand, matters, settlements, bundles of evidence."""

from duly.collection.legal.models.consultations import Consultation as Consultation
from duly.collection.legal.models.evidence import EvidenceBundle as EvidenceBundle
from duly.collection.legal.models.letters import DemandLetter as DemandLetter
from duly.collection.legal.models.matters import Cost as Cost
from duly.collection.legal.models.matters import Deadline as Deadline
from duly.collection.legal.models.matters import Matter as Matter
from duly.collection.legal.models.matters import MatterEvent as MatterEvent
from duly.collection.legal.models.settlements import Settlement as Settlement
