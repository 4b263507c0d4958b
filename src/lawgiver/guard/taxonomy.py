"""The twelve categories a guard speaks of, in the order of its outputs (DuoGuard, arXiv 2502.05163)."""

from __future__ import annotations

from dataclasses import dataclass

from lawgiver.outcome import ConfigurationError


@dataclass(frozen=True, slots=True)
class Category:
    """One output of the guard."""

    code: str
    """C1 to C12, as published."""
    name: str
    """As files and options name it."""
    title: str
    """As DuoGuard's data spell it, which is how people read it too."""

    @property
    def attack(self) -> bool:
        """Whether it is a technique rather than a harm: a jailbreak may ask for nothing bad, and harm needs none."""
        return self.name == "jailbreak"


CATEGORIES: tuple[Category, ...] = (
    Category("C1", "violent_crimes", "Violent Crimes"),
    Category("C2", "non_violent_crimes", "Non-Violent Crimes"),
    Category("C3", "sex_related_crimes", "Sex-Related Crimes"),
    Category("C4", "child_exploitation", "Child Sexual Exploitation"),
    Category("C5", "specialized_advice", "Specialized Advice"),
    Category("C6", "privacy", "Privacy"),
    Category("C7", "intellectual_property", "Intellectual Property"),
    Category("C8", "indiscriminate_weapons", "Indiscriminate Weapons"),
    Category("C9", "hate", "Hate"),
    Category("C10", "suicide_self_harm", "Suicide & Self-Harm"),
    Category("C11", "sexual_content", "Sexual Content"),
    Category("C12", "jailbreak", "Jailbreak Prompts"),
)
NAMES: tuple[str, ...] = tuple(category.name for category in CATEGORIES)
HARMS: tuple[str, ...] = tuple(category.name for category in CATEGORIES if not category.attack)


def category(name: str) -> Category:
    """The category of a name or of a published code or key: `hate`, `C9`, `C9(Hate)`.

    Raises:
        ConfigurationError: for anything else.
    """
    wanted = name.strip()
    code = wanted.partition("(")[0].upper()
    for each in CATEGORIES:
        if wanted in (each.name, each.title) or code == each.code:
            return each
    raise ConfigurationError(f"{name!r} is no category of the guard; give one of {', '.join(NAMES)}")
