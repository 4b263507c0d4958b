"""French: without accents, text messages, speech without ne, words of Quebec, Belgium and Switzerland."""

from lawgiver.guard.operators.spelling.style import Style, pairs

STYLES = (
    Style("no_accents", {}, accents=False),
    Style(
        "sms",
        pairs(
            "pourquoi=pk comment=cmt que=ke qu'est-ce=kes qui=ki quoi=koi vous=vs nous=ns beaucoup=bcp avec=avc "
            "pour=pr toujours=tjs maintenant=mtn bonjour=bjr salut=slt quelqu'un=qqun quelque=qq quand=qd dans=ds "
            "tout=tt tous=ts toute=tte rien=ri1 bien=b1 demain=2m1 c'est=c s'il=sil j'ai=g j'étais=gt d'accord=dac "
            "et=é les=lé mes=mé des=dé quel=kel quelle=kel quels=kels parce=pcq même=mm temps=tps problème=pb "
            "message=msg merci=mci monde=md vraiment=vrmt argent=thune jamais=jms pas=pa faire=fr moi=mwa toi=twa"
        ),
        capitals=False,
    ),
    Style(
        "spoken",
        pairs("je=j' tu=t' cela=ça voiture=bagnole homme=mec travail=boulot policier=flic police=flics"),
        (
            (r"\b[nN]e ", ""),
            (r"\b[nN]['’]", ""),
            (r"(?i)\b([jt])' (?=[aeiouyéèh])", r"\1'"),
            (r"\b([jJ])' ", r"\1'"),
            (r"\bt' ", "tu "),
            (r"\bT' ", "Tu "),
        ),
    ),
    Style(
        "quebec",
        pairs(
            "copain=chum copine=blonde voiture=char mail=courriel weekend=fin_de_semaine téléphone=cellulaire "
            "portable=cellulaire gamin=flo policier=beu travail=job boulot=job toi=toé moi=moé maintenant=astheure "
            "ici=icitte petit=p'tit petite=p'tite puis=pis voisin=voésin chaussures=souliers pommes=patates"
        ),
    ),
    Style(
        "belgium_switzerland",
        pairs("portable=natel gsm=natel déjeuner=dîner dîner=souper maire=bourgmestre"),
        ((r"soixante-dix", "septante"), (r"quatre-vingt-dix", "nonante")),
    ),
)
