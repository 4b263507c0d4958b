"""English: text messages, speech as it sounds, American and British spelling."""

from lawgiver.guard.operators.spelling.style import Style, pairs

_AMERICAN = pairs(
    "neighbour=neighbor neighbours=neighbors colour=color colours=colors favourite=favorite favour=favor honour=honor "
    "humour=humor behaviour=behavior labour=labor rumour=rumor odour=odor harbour=harbor centre=center "
    "theatre=theater metre=meter litre=liter organise=organize organised=organized realise=realize "
    "recognise=recognize apologise=apologize analyse=analyze paralyse=paralyze defence=defense offence=offense "
    "licence=license practise=practice cheque=check tyre=tire tyres=tires grey=gray programme=program pyjamas=pajamas "
    "aeroplane=airplane aluminium=aluminum mum=mom mummy=mommy travelling=traveling cancelled=canceled "
    "jewellery=jewelry kerb=curb plough=plow mobile=cellphone lorry=truck petrol=gas pavement=sidewalk "
    "holiday=vacation rubbish=trash autumn=fall paediatric=pediatric oestrogen=estrogen anaesthetic=anesthetic"
)
_ONE_WAY = ("mobile", "pavement", "holiday", "practise", "cheque", "licence")
_BRITISH = {american: british for british, american in _AMERICAN.items() if british not in _ONE_WAY}

STYLES = (
    Style(
        "sms",
        pairs(
            "you=u your=ur you're=ur are=r why=y please=pls thanks=thx because=cuz people=ppl tonight=2nite "
            "tomorrow=2moro today=2day great=gr8 before=b4 someone=sum1 anyone=any1 everyone=every1 without=w/o "
            "with=w/ about=abt message=msg picture=pic pictures=pics girlfriend=gf boyfriend=bf something=smth "
            "know=kno don't=dont can't=cant won't=wont i'm=im it's=its what's=whats that's=thats doesn't=doesnt "
            "didn't=didnt isn't=isnt okay=k have=hav just=jus really=rly probably=prob and=n for=4 love=luv "
            "night=nite school=skl"
        ),
        capitals=False,
    ),
    Style(
        "as_it_sounds",
        pairs(
            "because=cos them=em something=summat nothing=nowt what=wot my=me the=da this=dis that=dat with=wiv "
            "isn't=ain't aren't=ain't you=ya your=yer of=o' and=an' for=fer can't=cannae"
        ),
        (
            (r"\b([Gg])oing to\b", r"\1onna"),
            (r"\b([Ww])ant to\b", r"\1anna"),
            (r"\b([Gg])ot to\b", r"\1otta"),
            (r"\b(\w{3,})ing\b", r"\1in'"),
        ),
    ),
    Style("american", _AMERICAN),
    Style("british", _BRITISH),
)
