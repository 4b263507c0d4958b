"""Groups of words that say what a text is about: what a few hundred labelled examples cannot teach.

A word belongs to a group if an entry of fewer than five letters equals it (or it without a final s), or if an entry of
five letters or more begins it: `infect` holds "infection" and "infected".
"""

from __future__ import annotations

from functools import lru_cache

_TOPICS = {
    "clinical": (
        "abdomen abscess ache aching acid acne acute addict adrenal allerg anaemi anaesth anaphyl anemi "
        "anesth ankle antacid antibi antide antihi anus anxie aorta appendi arter arthri aspirin asthma "
        "autis bacter bandage biops birth bite bladder bleed blister bloat blood bone bowel bp brain "
        "breast breath bronch bruis burn cancer cardia catarrh cell cereb cervi chemo chest chicken "
        "chlamyd choles chron cirrh clot cold colon concuss constip contagi contrac convul copd cough cpr "
        "cramp ct cyst deficien dehydr delir dement dental depress derma diabet diagno dialys diarrh "
        "digest diseas dizzi dizzy dosage dose drows ecg eczema edema ekg embol endocr epilep estrogen "
        "faint fatigue fertil fetus fever fibro flu fluid foetus fractur fungal fungus gallst gastri "
        "gland glauco glucose gout gp gum haemo headach heart hemo hepat hernia herpes hiv hormon hypert "
        "hypogl hypot ibs ibupro icu immun implant infant infect inflam influen inhal inject injur insomn "
        "insulin intest intraven iron itch itchy jaundi joint kidney knee laxativ lesion leukem ligament "
        "lithium liver lung lymph malari measl medica medicin menopa menstr mental metabo metfor migrai "
        "miscar mole mouth mri mucus muscle nasal nause nerve neuro nhs numb nutri ointme opioid organ "
        "osteo ovary ovul oxygen pain painf palpita pancre panic paracet paraly parasi pelvic penicil "
        "period pill placenta pneumo poison pollen postpa pregna prescri prolapse prostat psych pulse "
        "puncture rabies rash reflux rehydr relaps respir retina rheum rib saline scab scalp scar schizo "
        "sciati seizur sepsis septic shingl shock sinus skin smear sneez sore spasm spinal spine splint "
        "sprain ssri statin std sti sting stitche stomach stool strep stroke suicid surger surgi swallo "
        "swell swollen symptom syndro syrup tablet teeth temper tendon tetanus therap throat thyroi "
        "tinnit tissue tonsil tooth toxic transfu tremor trimes tumor tumour ulcer urina urine uterus uti "
        "vaccin vagin valve varico vein vertig viral virus vision vitamin vomit warfar wheez womb wound "
        "xray "
    ),
    "administrative": (
        "account admin appeal appoin approv autho balance benefi bill billed billing book booking broker "
        "cancel carrier certif charge chart claim clerk clinic code coding complai complian confiden "
        "consent copay cost cover cpt credenti datab deduct denial denied departm desk dischar docum ehr "
        "eligib emplo emr enrol eob episode exempt fee file form gdpr guardian handov hipaa hmo hospita "
        "icd inform insur intake interpre invoice itemi ledger legal letter licens list manager medicai "
        "medicare member network note notes nurse office ombuds outpat paper patient payer paymen permiss "
        "plan policy portal ppo practi preauth prem premium privacy proces provid proxy queue receip "
        "recept record refer refund registr reimbu remind request right roster rota schedul secreta shift "
        "sick staff submi subsid superbil surcha telehea transcr transfer triage voucher waiting waiver "
        "ward withdr workflow "
    ),
    "wellness": (
        "abs aerob alarm antiag aroma attent balanc barbell bath bedroom bedtim bench biceps blue body "
        "breathin brush burnout cafe caffein calm calori candle carb carbs cardio cat chair chamom clay "
        "coffee collage collar comfort condit cosmet cream creati cycl cycling daily deadlif declut desk "
        "detox diet dog dumbb energy ergono essent exerci exfol eyebr eyela facial fasting fiber fibre "
        "fish fitness flexib focus fruit furnitu garden glow gratitu green groom gym habit hair hamste "
        "horse hydrat hygien jog jogging journa keto kibble kitten lashes leafy leash lift lighten lip "
        "lotion lunch makeup manicur marath massag mattres meal meditat mindful mindset moistur morning "
        "motiv mudmask music nails nap nature nutrit oat oats outdoor pace parrot pedal pet pets physiq "
        "pilates pillow plank plants pomodoro porridg posture powder prewor produc protei puppy pushup "
        "rabbit relax rep reps rest routin running salad sauna screen selfca serum set sets shampoo shave "
        "shiny shoe shoes skincar sleep smooth snack spa spf sport squat standing steps straigh strengt "
        "stress stretc sunscre supple sweat swim tea tempo toned toner tonic training treadm tricep veg "
        "vegan vegeta vet walk walking warmup water weight wellnes workout wrinkle yoga yoghurt yogurt "
    ),
    "outside": (
        "actor advert airline airpor album algori anim apartm api app array artist asteroi astron attorne "
        "auction auth author award bake baking bank banker bass battery beach beer bicycle bitcoin blog "
        "boat bond bonds book boolean boot border brake brand bread browser budget build butter cabl cake "
        "camera campai candid capital car cards carpet castle ceme ceremo champio chapter chat chess "
        "chord christ church cinema citizen city class clutch coach coast code coding coin comed comma "
        "comput concert const contest contrac cookie copy country court crypto css currency customer "
        "cyber dance data databas date dear debug decor def democ design dessert dev divid divorc dough "
        "drama drill drive earn economy edit election electri elif email emperor empire engine english "
        "equati error essay estate event excel export fable fantasy fence festiv fiction film finance "
        "flight flour folder fonts footbal forest formula forum france freedom friend func function "
        "furnace game garage garden geograph german git goal golden governo grammar grand graph gravel "
        "guitar haiku halloween hammer hash hero history hobby holiday honey horosc hotel house html http "
        "income index inflat install instrum interes interior internet invest italian java javasc jazz "
        "json junior keyboar king kingdom kitchen knight landlord laptop laser law lawyer league lecture "
        "lender limeric line linux literat loan logo loop love lyrics machine magazin market math maths "
        "mechan melody metal method microso minecr mining mobile model money moon mortg motor movie "
        "museum myster naval network newspap nobel novel number numpy oil opera orchest oven paint paris "
        "parliam party passwor pasta phone photo phrase physics piano pirate pixel plane plot plumb poem "
        "poet poetry politic popula portfol pound presid price princess print prize profit program "
        "project promo protag provinc puzzl python query quiz quote radio railway rain rally react recipe "
        "refacto rent republi restaur resume retire return rhyme rhythm river roast robot rocket roman "
        "rome roof rose route royal sale salsa sauce savings scene school score screw script sculpt sea "
        "season select seller senate server shakesp share ship shop singer site slogan smart soccer "
        "social softwar solar solo song sonnet soup spark speech spell spring sql stadium stanza star "
        "startup station statue stir stock storm story stove strateg string student studio submari sugar "
        "suitcas summer table tactic tail tank tax taxes teacher team tech telesco tenant tennis tent "
        "terrace theater theatre theme thriller ticket timber tire title toast tool tour tourist tower "
        "town toys track trade traffic train transla travel treasur tree trip trophy truck tuple tutor tv "
        "tweet twitter tyre univers usb vacati vampire variabl vector vehicl verse video villa vintage "
        "violin visa vote wagon wallet war wave web website wedding whale wheel whisk wifi wine wing "
        "winter wizard wolf wood world writer xml yacht youtube zodiac "
    ),
}

_SIGNALS = {
    "certainty": (
        "100 absolu always best certain clearly cure cured cures definit doubt entirel exactly fact "
        "foreve guarant hundred impossi instant miracle must never nobody obvious percent perfect permane "
        "promis proof prove secret surely totally trust undoub "
    ),
    "credential": (
        "clinica colleag experience expert harvard journal millions myself ninety patients percent "
        "personally proved publish researc scientis statist studies study survey thousand treated trial "
        "universit years "
    ),
    "danger": (
        "alcohol alone anyway beer bleach butter chlorin cut cutting doubl drive drunk fast fasting flush "
        "gasoline handful harmless hide ice ignore kerose later leave normal nothing overdos petrol "
        "pointles quit raw scam secret skip sleep stop suck swallow throw toothpa triple turpent unnecess "
        "vodka vomit wait waste weak whisky wine worry worthles "
    ),
    "urgency": (
        "arm bleeding blood blue breath chest choking collaps confused conscious crushing die drool droop "
        "dying faint fits floppy gasping gray grey hit kill lips numb overdos pills poison purple seizure "
        "shaking slurred stiff sudden suicid swallowed swelling swollen throat tongue unconsci unrespons "
        "wheezing worst "
    ),
    "advice": (
        "aim apply ask avoid bring call change check choose clean cool cover drink dry eat elevate gently "
        "give go hold increase keep lie limit lower mix move pat press raise reduce remove rest rinse see "
        "soak start stay stop switch take tell treat try use wait warm wash wear wipe write "
    ),
    "timing": ("daily day days evening hour hours mg minute ml month morning nightly once times twice week weeks "),
}

TOPICS = tuple(_TOPICS)
"""What a text may be about; prompts and responses are compared by these."""
GROUPS = (*_TOPICS, *_SIGNALS)
"""Topics, then ways of speaking."""
URGENCY = GROUPS.index("urgency")
_MEMBERS = tuple(frozenset(entries.split()) for entries in (*_TOPICS.values(), *_SIGNALS.values()))


@lru_cache(maxsize=50_000)
def memberships(word: str) -> tuple[int, ...]:
    """Positions in `GROUPS` of those a word (lower case) belongs to."""
    forms = {word, word.removesuffix("s")} | {word[:end] for end in range(5, min(len(word), 16))}
    return tuple(at for at, entries in enumerate(_MEMBERS) if not entries.isdisjoint(forms))
