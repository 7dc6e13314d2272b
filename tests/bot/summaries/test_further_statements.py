"""More statements of articles written for this test, true and false, in nine languages."""

import pytest

from bot.summaries.verification.verify import SourceText

EN0 = (
    "Clinic fined\n"
    "A hospital in Leeds was fined £200,000 on Friday after 14 patients received the "
    "wrong drug. Inspectors from the Care Board blamed poor training. Chief nurse Amira "
    "Shah apologised; director Colin Webb refused to resign.\n"
    "The number of complaints dropped from 310 to 240 last year. Scotland will not "
    "introduce the same rules. Wales might follow in March. The supplier Pharmex accused "
    "the hospital of delaying payments.\n"
    "About 60 nurses left the hospital in 2024, and 25 were hired. The health secretary, "
    "Joan Pike, will visit Leeds on 3 February.\n"
)

EN1 = (
    "Cup final\n"
    "Tarnby beat Osk 3-1 in the cup final in Malmö on Sunday. Striker Jonas Eklund scored "
    "twice; goalkeeper Pia Holm saved a penalty. Coach Lars Brink is not leaving the "
    "club.\n"
    "Ticket prices will rise by 10% next season. Denmark refused to host the next final, "
    "Finland offered to do so. Police arrested eight fans from Osk. The club earned 6 "
    "million kronor.\n"
)

DE2 = (
    "Sturm an der Küste\n"
    "Der Sturm Freda hat am Montag in Rostock 40 Häuser beschädigt. Zwei Feuerwehrleute "
    "wurden verletzt. Innenminister Holger Stein dankte den Helfern, Oberbürgermeisterin "
    "Eva Kral sagte ihre Reise ab.\n"
    "Die Bahn stellte den Verkehr nach Stralsund ein. Dänemark schickte 15 Helfer, "
    "Schweden lehnte die Bitte ab. Der Pegel stieg um 1,4 Meter. Die Versicherung Nordia "
    "könnte 90 Millionen Euro zahlen.\n"
    "Die Schulen öffnen nicht vor Donnerstag. Der Flughafen Laage bleibt offen.\n"
)

FR3 = (
    "Grève à Marseille\n"
    "Les dockers de Marseille ont repris le travail lundi après 11 jours de grève. Le "
    "directeur du port, Alain Morvan, n'a pas accepté la hausse de 9 % demandée. La "
    "médiatrice Sonia Gallet a proposé 5 %.\n"
    "La Tunisie a détourné 14 navires vers Gênes. Le prix du blé a augmenté de 3 euros. "
    "La Grèce ne participera pas à la réunion de jeudi ; Malte y participera. Le tribunal "
    "a condamné l'armateur Velora à 2 millions d'euros d'amende.\n"
)

ES4 = (
    "Incendio en Valdoro\n"
    "El incendio de Valdoro quemó 900 hectáreas y obligó a evacuar a 320 vecinos, informó "
    "el gobierno regional. La alcaldesa Nuria Pascual pidió más aviones. El consejero "
    "Raúl Ferrer no visitó la zona.\n"
    "Portugal envió 50 bomberos el jueves; Francia los enviará el sábado. La temperatura "
    "bajó a 24 grados. La fiscalía podría acusar a dos jóvenes. La compañía Elecsur negó "
    "las acusaciones.\n"
)

PT5 = (
    "Greve no metrô\n"
    "O metrô do Recife parou na terça-feira, afetando 180 mil passageiros. O sindicato "
    "rejeitou a oferta de 4% e pede 8%. A secretária Lúcia Braga não recebeu os "
    "grevistas. O juiz Otávio Lins suspendeu a multa.\n"
    "A Argentina comprou 12 trens; o Chile cancelou a compra. O desemprego caiu para "
    "6,5%. A empresa Trilhos pode demitir 90 funcionários.\n"
)

IT6 = (
    "Museo riaperto\n"
    "Il museo di Trento ha riaperto domenica dopo tre anni. Il restauro è costato 18 "
    "milioni di euro. La direttrice Giulia Serra ha ringraziato i volontari; il sindaco "
    "Paolo Nardi non era presente.\n"
    "L'Austria presterà 30 quadri, la Slovenia ha rifiutato. I visitatori sono saliti a "
    "9.000. La regione potrebbe chiudere il castello. La ditta Edilnova ha citato il "
    "comune in tribunale.\n"
)

RU7 = (
    "Завод в Туле\n"
    "Завод «Металлист» в Туле остановил производство в понедельник. Без работы остались "
    "640 человек. Директор Игорь Панов обвинил банк «Орион» в задержке кредита. Министр "
    "Ольга Зуева не комментировала ситуацию.\n"
    "Белоруссия купила 30 станков, Армения отказалась от покупки. Прибыль завода "
    "снизилась до 12 млн рублей. Власти могут ввести пошлины. Собрание назначили на 8 "
    "апреля.\n"
)

UK8 = (
    "Лікарня в Полтаві\n"
    "Лікарня в Полтаві отримала 8 апаратів у п’ятницю. Головний лікар Тарас Бойко "
    "подякував Литві, а Латвія поки не надіслала допомоги. Кількість пацієнтів зросла до "
    "530.\n"
    "Депутатка Олена Руденко критикувала бюджет. Суд не дозволив будівництво. Уряд може "
    "виділити 20 млн гривень. Компанія «Медтех» подала позов до міста.\n"
)

TRUE = [
    (EN0, "en", "A Leeds hospital must pay a £200,000 fine."),
    (EN0, "en", "Fourteen patients were given the wrong drug."),
    (EN0, "en", "Amira Shah, the chief nurse, apologised."),
    (EN0, "en", "Complaints fell to 240 last year."),
    (EN0, "en", "Health secretary Joan Pike is to visit Leeds on February 3."),
    (EN0, "en", "Scotland does not plan to introduce the same rules."),
    (EN0, "en", "Pharmex accused the hospital of paying late."),
    (EN0, "en", "Some 60 nurses quit the hospital in 2024."),
    (EN1, "en", "Tarnby won the cup final against Osk on Sunday."),
    (EN1, "en", "Pia Holm saved a penalty."),
    (EN1, "en", "Tickets will cost 10% more next season."),
    (EN1, "en", "Finland offered to host the next final."),
    (EN1, "en", "Eight Osk fans were arrested."),
    (EN1, "en", "Lars Brink is staying at the club."),
    (DE2, "de", "Sturm Freda beschädigte am Montag in Rostock 40 Häuser."),
    (DE2, "de", "Zwei Feuerwehrleute erlitten Verletzungen."),
    (DE2, "de", "Eva Kral hat ihre Reise abgesagt."),
    (DE2, "de", "Der Pegel ist um 1,4 Meter gestiegen."),
    (DE2, "de", "Aus Dänemark kamen 15 Helfer."),
    (DE2, "de", "Nordia könnte 90 Millionen Euro zahlen."),
    (FR3, "fr", "Le travail a repris lundi à Marseille."),
    (FR3, "fr", "Alain Morvan a refusé la hausse de 9 %."),
    (FR3, "fr", "Sonia Gallet propose 5 %."),
    (FR3, "fr", "Le blé a augmenté de 3 euros."),
    (FR3, "fr", "Velora a été condamné à une amende de 2 millions d'euros."),
    (ES4, "es", "El incendio quemó 900 hectáreas en Valdoro."),
    (ES4, "es", "Unos 320 vecinos fueron evacuados."),
    (ES4, "es", "Nuria Pascual pidió más aviones."),
    (ES4, "es", "Portugal mandó 50 bomberos."),
    (ES4, "es", "La temperatura descendió a 24 grados."),
    (ES4, "es", "Elecsur rechazó las acusaciones."),
    (PT5, "pt", "A greve do metrô afetou 180 mil passageiros."),
    (PT5, "pt", "O sindicato recusou a oferta de 4%."),
    (PT5, "pt", "Lúcia Braga não recebeu os grevistas."),
    (PT5, "pt", "A Argentina adquiriu 12 trens."),
    (PT5, "pt", "O desemprego recuou para 6,5%."),
    (PT5, "pt", "A Trilhos pode demitir 90 funcionários."),
    (IT6, "it", "Il museo di Trento ha riaperto domenica."),
    (IT6, "it", "Il restauro è costato 18 milioni."),
    (IT6, "it", "Giulia Serra ha ringraziato i volontari."),
    (IT6, "it", "Paolo Nardi era assente."),
    (IT6, "it", "L'Austria presta 30 quadri."),
    (IT6, "it", "I visitatori sono aumentati a 9.000."),
    (RU7, "ru", "Завод «Металлист» в Туле остановился в понедельник."),
    (RU7, "ru", "640 человек остались без работы."),
    (RU7, "ru", "Белоруссия приобрела 30 станков."),
    (RU7, "ru", "Прибыль завода упала до 12 миллионов рублей."),
    (RU7, "ru", "Игорь Панов обвинил банк «Орион»."),
    (RU7, "ru", "Министр Зуева ситуацию не комментировала."),
    (UK8, "uk", "Лікарня в Полтаві отримала вісім апаратів."),
    (UK8, "uk", "Тарас Бойко подякував Литві."),
    (UK8, "uk", "Олена Руденко розкритикувала бюджет."),
    (UK8, "uk", "Суд заборонив будівництво."),
    (UK8, "uk", "Уряд може виділити 20 мільйонів гривень."),
]

FALSE = [
    (EN0, "en", "number", "40 patients received the wrong drug."),
    (EN0, "en", "unit", "A hospital in Leeds was fined $200,000."),
    (EN0, "en", "direction", "The number of complaints rose to 240 last year."),
    (EN0, "en", "negation", "Scotland will introduce the same rules."),
    (EN0, "en", "negation", "Director Colin Webb agreed to resign."),
    (EN0, "en", "modality", "Wales followed in March."),
    (EN0, "en", "country", "Wales will not introduce the same rules."),
    (EN0, "en", "name-swap", "Chief nurse Joan Pike apologised."),
    (EN0, "en", "role", "The hospital accused the supplier Pharmex of delaying payments."),
    (EN0, "en", "date", "A hospital in Leeds was fined on Monday."),
    (EN0, "en", "date", "Joan Pike will visit Leeds on 4 February."),
    (EN0, "en", "number-swap", "About 25 nurses left the hospital in 2024."),
    (EN0, "en", "country", "The health secretary, Joan Pike, will visit Scotland on 3 February."),
    (EN0, "en", "lower-case", "The hospital was fined, and colin webb apologised."),
    (EN1, "en", "role", "Osk beat Tarnby in the cup final in Malmö."),
    (EN1, "en", "direction", "Ticket prices will fall by 10% next season."),
    (EN1, "en", "negation", "Coach Lars Brink is leaving the club."),
    (EN1, "en", "country", "Denmark offered to host the next final."),
    (EN1, "en", "negation", "Finland refused to host the next final."),
    (EN1, "en", "name-swap", "Goalkeeper Jonas Eklund saved a penalty."),
    (EN1, "en", "number", "Police arrested nine fans from Osk."),
    (EN1, "en", "country", "Police arrested eight fans from Tarnby."),
    (EN1, "en", "unit", "The club earned 6 million euros."),
    (EN1, "en", "date", "Tarnby beat Osk in the cup final on Saturday."),
    (EN1, "en", "invented", "Pia Holm criticised the referee."),
    (DE2, "de", "number", "Der Sturm Freda hat in Rostock 50 Häuser beschädigt."),
    (DE2, "de", "unit", "Der Pegel stieg um 1,4 Kilometer."),
    (DE2, "de", "direction", "Der Pegel fiel um 1,4 Meter."),
    (DE2, "de", "negation", "Schweden nahm die Bitte an."),
    (DE2, "de", "country", "Schweden schickte 15 Helfer."),
    (DE2, "de", "name-swap", "Innenminister Eva Kral dankte den Helfern."),
    (DE2, "de", "name-swap", "Holger Stein sagte seine Reise ab."),
    (DE2, "de", "date", "Die Schulen öffnen nicht vor Freitag."),
    (DE2, "de", "modality", "Die Versicherung Nordia zahlte 90 Millionen Euro."),
    (DE2, "de", "number-swap", "Dänemark schickte 40 Helfer."),
    (DE2, "de", "negation", "Zwei Feuerwehrleute wurden nicht verletzt."),
    (DE2, "de", "country", "Der Sturm Freda hat in Stralsund 40 Häuser beschädigt."),
    (FR3, "fr", "number", "La Tunisie a détourné 24 navires vers Gênes."),
    (FR3, "fr", "unit", "Velora a été condamné à 2 milliards d'euros d'amende."),
    (FR3, "fr", "direction", "Le prix du blé a baissé de 3 euros."),
    (FR3, "fr", "negation", "Alain Morvan a accepté la hausse de 9 %."),
    (FR3, "fr", "negation", "La Grèce participera à la réunion de jeudi."),
    (FR3, "fr", "name-swap", "La médiatrice Sonia Morvan a proposé 5 %."),
    (FR3, "fr", "name-swap", "Le directeur du port a proposé 5 %."),
    (FR3, "fr", "country", "La Grèce a détourné 14 navires vers Gênes."),
    (FR3, "fr", "date", "Les dockers ont repris le travail mardi."),
    (FR3, "fr", "number-swap", "La médiatrice Sonia Gallet a proposé 9 %."),
    (FR3, "fr", "role", "L'armateur Velora a condamné le tribunal à 2 millions d'euros."),
    (ES4, "es", "number", "El incendio quemó 700 hectáreas."),
    (ES4, "es", "number-swap", "El incendio obligó a evacuar a 900 vecinos."),
    (ES4, "es", "negation", "El consejero Raúl Ferrer visitó la zona."),
    (ES4, "es", "country", "Francia envió 50 bomberos el jueves."),
    (ES4, "es", "direction", "La temperatura subió a 24 grados."),
    (ES4, "es", "name-swap", "La alcaldesa Nuria Ferrer pidió más aviones."),
    (ES4, "es", "name-swap", "El consejero Raúl Ferrer pidió más aviones."),
    (ES4, "es", "modality", "La fiscalía acusó a dos jóvenes."),
    (ES4, "es", "negation", "La compañía Elecsur confirmó las acusaciones."),
    (ES4, "es", "date", "Portugal envió 50 bomberos el viernes."),
    (ES4, "es", "unit", "El incendio quemó 900 kilómetros."),
    (PT5, "pt", "negation", "O sindicato aceitou a oferta de 4%."),
    (PT5, "pt", "negation", "A secretária Lúcia Braga recebeu os grevistas."),
    (PT5, "pt", "direction", "O desemprego subiu para 6,5%."),
    (PT5, "pt", "modality", "A empresa Trilhos demitiu 90 funcionários."),
    (PT5, "pt", "name-swap", "A secretária Lúcia Braga suspendeu a multa."),
    (PT5, "pt", "number", "A Argentina comprou 15 trens."),
    (PT5, "pt", "date", "O metrô do Recife parou na quarta-feira."),
    (PT5, "pt", "number-swap", "O sindicato pede 4%."),
    (IT6, "it", "negation", "Il sindaco Paolo Nardi era presente."),
    (IT6, "it", "unit", "Il restauro è costato 18 miliardi di euro."),
    (IT6, "it", "country", "La Slovenia presterà 30 quadri."),
    (IT6, "it", "direction", "I visitatori sono scesi a 9.000."),
    (IT6, "it", "modality", "La regione ha chiuso il castello."),
    (IT6, "it", "role", "Il comune ha citato la ditta Edilnova in tribunale."),
    (IT6, "it", "name-swap", "Il sindaco Paolo Nardi ha ringraziato i volontari."),
    (IT6, "it", "date", "Il museo di Trento ha riaperto sabato."),
    (IT6, "it", "number", "L'Austria presterà 50 quadri."),
    (IT6, "it", "negation", "L'Austria ha rifiutato."),
    (RU7, "ru", "number", "Без работы остались 460 человек."),
    (RU7, "ru", "direction", "Прибыль завода выросла до 12 млн рублей."),
    (RU7, "ru", "negation", "Министр Ольга Зуева комментировала ситуацию."),
    (RU7, "ru", "country", "Армения купила 30 станков."),
    (RU7, "ru", "role", "Банк «Орион» обвинил директора Игоря Панова в задержке кредита."),
    (RU7, "ru", "name-swap", "Директор Ольга Зуева обвинила банк «Орион»."),
    (RU7, "ru", "modality", "Власти ввели пошлины."),
    (RU7, "ru", "date", "Собрание назначили на 9 апреля."),
    (RU7, "ru", "unit", "Прибыль завода снизилась до 12 млрд рублей."),
    (RU7, "ru", "date", "Завод остановил производство во вторник."),
    (UK8, "uk", "number", "Лікарня в Полтаві отримала 18 апаратів."),
    (UK8, "uk", "direction", "Кількість пацієнтів зменшилася до 530."),
    (UK8, "uk", "negation", "Суд дозволив будівництво."),
    (UK8, "uk", "country", "Тарас Бойко подякував Латвії."),
    (UK8, "uk", "name-swap", "Головний лікар Тарас Руденко подякував Литві."),
    (UK8, "uk", "negation", "Депутатка Олена Руденко підтримала бюджет."),
    (UK8, "uk", "modality", "Уряд виділив 20 млн гривень."),
    (UK8, "uk", "date", "Лікарня отримала апарати у суботу."),
    (UK8, "uk", "unit", "Уряд може виділити 20 млн доларів."),
    (UK8, "uk", "role", "Місто подало позов до компанії «Медтех»."),
]


@pytest.mark.parametrize(("article", "language", "sentence"), TRUE)
def test_a_paraphrase_is_accepted(article, language, sentence):
    assert SourceText(article, language).find_unsupported(sentence) is None


@pytest.mark.parametrize(("article", "language", "kind", "sentence"), FALSE)
def test_a_false_statement_is_rejected(article, language, kind, sentence):
    assert SourceText(article, language).find_unsupported(sentence) is not None, kind
