"""Spanish: without accents and opening marks, text messages, k for qu, words of America, vos of the River Plate."""

from lawgiver.guard.operators.spelling.style import Style, pairs

_OPENING = (r"[¿¡]", "")

STYLES = (
    Style("no_accents", {}, (_OPENING,), accents=False),
    Style(
        "sms",
        pairs(
            "que=q qué=q porque=xq por=x para=pa también=tb estoy=toy está=ta estás=tas mucho=mxo muchos=mxos "
            "quiero=kiero quién=kien quien=kien cómo=cmo como=cmo cuando=cnd cuándo=cnd mensaje=msj favor=fa "
            "dónde=dnd donde=dnd bueno=weno hasta=asta nada=na todo=to besos=bss hola=ola fin=fn siempre=100pre "
            "tengo=tngo puedo=pdo hacer=acer ahora=aora hoy=oi"
        ),
        ((r"\b[pP]or q\b", "xq"), _OPENING),
        accents=False,
        capitals=False,
    ),
    Style("k_for_qu", {}, ((r"qu(?=[eiéí])", "k"), (r"Qu(?=[eiéí])", "K"), (r"\bh(?=[aeiouáéíóú])", ""), _OPENING)),
    Style(
        "america",
        pairs(
            "coche=carro móvil=celulartador portátil=laptop piso=departamento patata=papa patatas=papas zumo=jugo "
            "gafas=lentes vídeo=video conducir=manejar coger=agarrar cojo=agarro enfadado=enojado chaval=chavo "
            "chico=muchacho chica=muchacha vale=bueno aparcar=estacionar billete=boleto autobús=bus tío=cuate "
            "tía=chava guapa=linda guapo=lindo piscina=alberca camarero=mesero melocotón=durazno"
        ),
    ),
    Style(
        "vos",
        pairs(
            "tú=vos tienes=tenés puedes=podés quieres=querés eres=sos sabes=sabés haces=hacés dices=decís "
            "vienes=venís dime=decime haz=hacé ven=vení pon=poné ayúdame=ayudame escríbeme=escribime "
            "explícame=explicame cuéntame=contame escribe=escribí explica=explicá coche=auto chico=pibe chica=mina "
            "niño=nene niña=nena aquí=acá falda=pollera móvil=celular"
        ),
    ),
)
