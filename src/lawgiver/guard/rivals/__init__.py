"""Other people's guards, by name or by a file that describes them. Importing this is light."""

from lawgiver.guard.rivals.spec import ClassifierSpec, EndpointSpec, GenerativeSpec, Spec, read_spec

__all__ = ["ClassifierSpec", "EndpointSpec", "GenerativeSpec", "Spec", "read_spec"]
