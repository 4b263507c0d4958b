"""German: without umlauts, text messages, speech, words and spellings of Austria and Switzerland."""

from lawgiver.guard.operators.spelling.style import Style, pairs

_SS = ("ß", "ss")

STYLES = (
    Style(
        "ae_oe_ue",
        {},
        (("ä", "ae"), ("ö", "oe"), ("ü", "ue"), ("Ä", "Ae"), ("Ö", "Oe"), ("Ü", "Ue"), _SS),
    ),
    Style("no_umlauts", {}, (_SS,), accents=False, capitals=False),
    Style(
        "sms",
        pairs(
            "vielleicht=vllt und=u nicht=nich ist=is habe=hab eine=ne einen=nen einem=nem einer=ner ein=n auch=au "
            "zum=zm eigentlich=eig irgendwie=iwie irgendwo=iwo irgendwas=iwas jemand=jmd jemanden=jmdn bitte=bidde "
            "danke=thx bisschen=bissl heute=heut ich=i kommst=komms hast=has willst=wills kannst=kanns bis=bs "
            "morgen=mrgn sonst=sons etwas=was wahrscheinlich=wsl zusammen=zsm spät=spt"
        ),
        capitals=False,
    ),
    Style(
        "spoken",
        pairs(
            "nicht=net ist=is habe=hab ich=ick das=dit was=wat es=et auch=ooch auf=uff kein=keen keine=keene eine=ne "
            "einen=nen etwas=wat mal=ma nichts=nix haben=ham wir=wa gehe=jeh gut=jut ganz=janz"
        ),
        ((r"\b(\w{4,})en\b", r"\1n"),),
    ),
    Style(
        "austria",
        pairs(
            "januar=jänner kartoffel=erdapfel kartoffeln=erdäpfel brötchen=semmel tomate=paradeiser "
            "tomaten=paradeiser junge=bub jungen=buben mädchen=mädel polizei=kieberei tüte=sackerl treppe=stiege "
            "schrank=kasten sahne=schlag krankenhaus=spital abitur=matura aprikose=marille pilze=schwammerl "
            "fleischer=fleischhacker stuhl=sessel nicht=ned ein=a eine=a auch=aa geld=marie kneipe=beisl arbeit=hackn "
            "kleine=klane"
        ),
    ),
    Style(
        "switzerland",
        pairs(
            "fahrrad=velo handy=natel krankenhaus=spital grillen=grillieren parken=parkieren straßenbahn=tram "
            "bürgersteig=trottoir brötchen=weggli abitur=matura führerschein=fahrausweis hähnchen=poulet sahne=rahm "
            "frühstück=zmorge geldbeutel=portemonnaie tschüss=adieu hausmeister=abwart"
        ),
        (_SS, (r"„", "«"), (r"“", "»")),
    ),
)
