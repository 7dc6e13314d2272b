"""Statements of articles written for this test, true and false, in nine languages."""

import pytest

from bot.summaries.verification.verify import SourceText

EN0 = (
    "Grain port reopens after strike\n"
    "The port of Varna in Bulgaria reopened on Thursday after a strike of nine days, the "
    "port authority said. Dock workers accepted a pay rise of 7 per cent; they had asked "
    "for 12 per cent.\n"
    "The union leader Petar Iliev called the deal fair. Transport minister Elena Dimova "
    "did not attend the talks. Turkey may send more ships in October, according to the "
    "trader Agromar.\n"
    "Wheat exports fell from 90,000 to 60,000 tonnes in September. Romania bought 20,000 "
    "tonnes, Egypt sold none. The shipping company Nordlin sued the port for 4 million "
    "euros, and the court in Sofia will hear the case on 14 November.\n"
)

EN1 = (
    "Rivals merge\n"
    "The chip maker Valtrix agreed on Monday to buy its rival Somera for $3.2 billion. "
    "Valtrix's chief executive, Dana Whitlock, will lead the new company, while Somera's "
    "founder, Ravi Menon, leaves in June.\n"
    "Shares in Somera gained 18%; those of Valtrix lost 4%. The regulator in Brussels has "
    "not approved the deal. Britain's watchdog cleared it last week.\n"
    '"We could close two plants in Austria," Whitlock told analysts. The company employs '
    "5,400 people in Ireland and 1,200 in Portugal. A court acquitted former director Hal "
    "Brandt of fraud.\n"
)

DE2 = (
    "Werk in Kassel schließt\n"
    "Der Autozulieferer Brenko schließt sein Werk in Kassel zum 30. September. Betroffen "
    "sind 850 Beschäftigte, teilte das Unternehmen am Mittwoch mit. Vorstandschefin Jutta "
    "Reimers nannte die hohen Energiekosten als Grund.\n"
    "Die IG Metall kritisierte den Beschluss. Bezirksleiter Oskar Dehn forderte "
    "Verhandlungen. Der Umsatz sank im Vorjahr von 420 auf 380 Millionen Euro. In Polen "
    "baut Brenko 300 Stellen auf.\n"
    "Hessens Wirtschaftsminister Kaweh Lorenz will die Belegschaft unterstützen. "
    "Tschechien bot dem Unternehmen Hilfen an, Brenko nahm sie nicht an.\n"
)

FR3 = (
    "Accord sur les retraites\n"
    "Le Sénat a adopté jeudi la réforme des retraites par 182 voix contre 140. Les "
    "socialistes ont voté contre le texte. La ministre du Travail, Claire Vasseur, a "
    "salué un vote historique.\n"
    "Le chômage a reculé de 8,1 % à 7,4 % au deuxième trimestre. L'Italie n'a pas signé "
    "l'accord européen ; l'Espagne l'a signé mardi. Le maire de Lyon, Bruno Castel, "
    "pourrait se présenter en 2027.\n"
    "Un incendie a détruit 30 maisons près de Nîmes, sans faire de victimes. Les pompiers "
    "ont évacué 120 personnes. L'entreprise Solvia a vendu son usine au groupe Darnel "
    "pour 60 millions d'euros.\n"
)

ES4 = (
    "Elecciones en Loreda\n"
    "La candidata Irene Salcedo ganó el domingo la alcaldía de Loreda con el 52% de los "
    "votos. Su rival, Tomás Arrieta, no reconoció la derrota. La participación cayó del "
    "71% al 64%.\n"
    "El gobierno de Bolivia envió 40 observadores; Ecuador no envió ninguno. La policía "
    "detuvo a tres personas el sábado. El tribunal electoral podría anular 200 actas.\n"
    "La empresa Minsur pagará una multa de 15 millones de pesos. El juez Pablo Ríos "
    "absolvió al alcalde anterior, Luis Cano.\n"
)

PT5 = (
    "Chuvas no Paraná\n"
    "As chuvas deixaram 2.300 desabrigados no Paraná, informou a Defesa Civil na segunda- "
    "feira. O governador Caio Mendes decretou emergência em 12 cidades. A prefeita de "
    "Londrina, Rita Prado, não pediu ajuda federal.\n"
    "O rio Tibagi subiu 4 metros em dois dias. O Uruguai ofereceu barcos; o Brasil "
    "aceitou a oferta. O preço da soja caiu 3% na bolsa. A empresa Copelux vai "
    "restabelecer a energia até quinta-feira.\n"
)

IT6 = (
    "Sciopero dei treni\n"
    "Lo sciopero dei treni di venerdì ha fermato 640 convogli in Lombardia. Il sindacato "
    "Fersind chiede un aumento di 180 euro, le ferrovie ne offrono 90. Il ministro dei "
    "Trasporti, Aldo Ferri, non ha convocato le parti.\n"
    "La presidente della regione, Marta Colli, ha criticato il governo. I passeggeri sono "
    "calati del 6% in aprile. La Svizzera ha chiuso il tunnel del Sempione martedì; la "
    "Francia ha riaperto il Fréjus.\n"
    "Il governo potrebbe ridurre i fondi. Nessun treno è partito da Pavia.\n"
)

RU7 = (
    "Пожар на складе в Омске\n"
    "Пожар на складе в Омске потушили в четверг, 5 июня. Огонь уничтожил 2000 квадратных "
    "метров, пострадали трое рабочих. Губернатор Виталий Орлов поручил проверить все "
    "склады.\n"
    "Директор компании «Сибторг» Анна Белова не признала вину. Ущерб оценили в 80 млн "
    "рублей. Казахстан предложил помощь, Россия отказалась. Цены на рис выросли на 5 "
    "процентов.\n"
    "Суд может арестовать владельца. Школы закрыли до понедельника. Мэр Сергей Лунин "
    "встретился с жителями во вторник.\n"
)

UK8 = (
    "Міст у Луцьку\n"
    "Міст у Луцьку відкрили в суботу, 20 вересня. Ремонт коштував 45 млн гривень, на 5 "
    "млн менше, ніж планували. Мер Ірина Гнатюк подякувала будівельникам.\n"
    "Міністр Олег Савчук не приїхав на відкриття. Польща виділила 2 млн євро, Угорщина "
    "відмовилася від участі. Кількість аварій зменшилася на 12 відсотків. Рада ухвалила "
    "бюджет у середу.\n"
    "Компанія «Мостбуд» найняла 150 робітників. Трамвай може запрацювати в листопаді.\n"
)

TRUE = [
    (EN0, "en", "The Bulgarian port of Varna reopened on Thursday."),
    (EN0, "en", "Dock workers agreed to a 7% pay rise."),
    (EN0, "en", "Petar Iliev, the union leader, said the deal was fair."),
    (EN0, "en", "Wheat exports dropped to 60,000 tonnes in September."),
    (EN0, "en", "Nordlin is suing the port for €4 million."),
    (EN0, "en", "A court in Sofia will hear the case on November 14."),
    (EN0, "en", "Elena Dimova was absent from the talks."),
    (EN0, "en", "Romania bought 20,000 tonnes of wheat."),
    (EN1, "en", "Valtrix will buy Somera for 3.2 billion dollars."),
    (EN1, "en", "Somera's shares rose by 18%."),
    (EN1, "en", "Ravi Menon is leaving in June."),
    (EN1, "en", "Regulators in Brussels have not yet approved the deal."),
    (EN1, "en", "Dana Whitlock will be at the head of the new company."),
    (EN1, "en", "The company has 5,400 employees in Ireland."),
    (EN1, "en", "Hal Brandt was cleared of fraud."),
    (EN1, "en", "Whitlock said the company could close two plants in Austria."),
    (DE2, "de", "Brenko schließt das Werk in Kassel Ende September."),
    (DE2, "de", "850 Beschäftigte sind von der Schließung betroffen."),
    (DE2, "de", "Jutta Reimers begründete dies mit hohen Energiekosten."),
    (DE2, "de", "Der Umsatz fiel im Vorjahr auf 380 Millionen Euro."),
    (DE2, "de", "In Polen schafft Brenko 300 neue Stellen."),
    (DE2, "de", "Brenko lehnte Hilfen aus Tschechien ab."),
    (FR3, "fr", "Le Sénat a approuvé la réforme des retraites jeudi."),
    (FR3, "fr", "Claire Vasseur s'est félicitée d'un vote historique."),
    (FR3, "fr", "Le chômage a baissé à 7,4 % au deuxième trimestre."),
    (FR3, "fr", "L'Espagne a signé l'accord européen mardi."),
    (FR3, "fr", "Solvia a cédé son usine à Darnel pour 60 millions d'euros."),
    (FR3, "fr", "Les pompiers ont évacué 120 personnes près de Nîmes."),
    (FR3, "fr", "L'incendie n'a pas fait de victimes."),
    (ES4, "es", "Irene Salcedo obtuvo la alcaldía de Loreda con el 52% de los votos."),
    (ES4, "es", "La participación bajó al 64%."),
    (ES4, "es", "Bolivia envió 40 observadores."),
    (ES4, "es", "Minsur deberá pagar una multa de 15 millones de pesos."),
    (ES4, "es", "Tomás Arrieta no reconoció su derrota."),
    (ES4, "es", "El tribunal electoral podría anular 200 actas."),
    (PT5, "pt", "As chuvas deixaram 2.300 pessoas desabrigadas no Paraná."),
    (PT5, "pt", "O governador Caio Mendes declarou emergência em 12 cidades."),
    (PT5, "pt", "O rio Tibagi subiu quatro metros."),
    (PT5, "pt", "O Brasil aceitou barcos do Uruguai."),
    (PT5, "pt", "A energia deve voltar até quinta-feira, segundo a Copelux."),
    (IT6, "it", "Lo sciopero di venerdì ha bloccato 640 treni in Lombardia."),
    (IT6, "it", "Il sindacato chiede 180 euro di aumento."),
    (IT6, "it", "Marta Colli critica il governo."),
    (IT6, "it", "Il numero dei passeggeri è diminuito del 6% ad aprile."),
    (IT6, "it", "Il tunnel del Sempione è stato chiuso martedì dalla Svizzera."),
    (IT6, "it", "Da Pavia non è partito nessun treno."),
    (RU7, "ru", "Пожар на складе в Омске был потушен в четверг."),
    (RU7, "ru", "Трое рабочих пострадали."),
    (RU7, "ru", "Ущерб составил 80 миллионов рублей."),
    (RU7, "ru", "Рис подорожал на 5%."),
    (RU7, "ru", "Россия отказалась от помощи Казахстана."),
    (RU7, "ru", "Мэр Сергей Лунин во вторник встретился с жителями."),
    (RU7, "ru", "Губернатор Орлов поручил проверить склады."),
    (UK8, "uk", "У суботу в Луцьку відкрили міст."),
    (UK8, "uk", "Ремонт обійшовся у 45 мільйонів гривень."),
    (UK8, "uk", "Ірина Гнатюк подякувала будівельникам."),
    (UK8, "uk", "Аварій стало на 12% менше."),
    (UK8, "uk", "Польща надала 2 мільйони євро."),
    (UK8, "uk", "Рада в середу схвалила бюджет."),
]

FALSE = [
    (EN0, "en", "number", "Dock workers accepted a pay rise of 9 per cent."),
    (EN0, "en", "unit", "Nordlin sued the port for 4 billion euros."),
    (EN0, "en", "unit", "Nordlin sued the port for 4 million dollars."),
    (EN0, "en", "direction", "Wheat exports rose to 60,000 tonnes in September."),
    (EN0, "en", "negation", "Dock workers rejected a pay rise of 7 per cent."),
    (EN0, "en", "negation", "Transport minister Elena Dimova attended the talks."),
    (EN0, "en", "date", "The port of Varna reopened on Friday."),
    (EN0, "en", "date", "The court in Sofia will hear the case on 15 November."),
    (EN0, "en", "country", "The port of Varna in Romania reopened on Thursday."),
    (EN0, "en", "country", "Egypt bought 20,000 tonnes."),
    (EN0, "en", "name-swap", "The union leader Elena Dimova called the deal fair."),
    (EN0, "en", "name-swap", "Transport minister Petar Iliev did not attend the talks."),
    (EN0, "en", "role", "The port sued the shipping company Nordlin for 4 million euros."),
    (EN0, "en", "number-swap", "Dock workers accepted a pay rise of 12 per cent."),
    (EN0, "en", "modality", "Turkey sent more ships in October."),
    (EN0, "en", "invented", "The port authority fined the union leader Petar Iliev."),
    (EN0, "en", "lower-case", "The deal was called fair by elena dimova."),
    (EN1, "en", "role", "Somera agreed on Monday to buy its rival Valtrix for $3.2 billion."),
    (EN1, "en", "name-swap", "Valtrix's chief executive, Ravi Menon, will lead the new company."),
    (EN1, "en", "direction", "Shares in Somera lost 18%."),
    (EN1, "en", "direction", "Shares in Valtrix gained 4%."),
    (EN1, "en", "negation", "The regulator in Brussels has approved the deal."),
    (EN1, "en", "modality", "The company closed two plants in Austria."),
    (EN1, "en", "number-swap", "The company employs 1,200 people in Ireland."),
    (EN1, "en", "country", "The company employs 5,400 people in Portugal."),
    (EN1, "en", "negation", "A court convicted former director Hal Brandt of fraud."),
    (EN1, "en", "date", "Ravi Menon leaves in July."),
    (EN1, "en", "quote-attr", '"We could close two plants in Austria," Menon told analysts.'),
    (EN1, "en", "number", "The company could close three plants in Austria."),
    (EN1, "en", "country", "We could close two plants in Ireland, Whitlock told analysts."),
    (DE2, "de", "number", "Betroffen sind 950 Beschäftigte."),
    (DE2, "de", "unit", "Der Umsatz sank auf 380 Milliarden Euro."),
    (DE2, "de", "direction", "Der Umsatz stieg im Vorjahr auf 420 Millionen Euro."),
    (DE2, "de", "negation", "Die IG Metall begrüßte den Beschluss."),
    (DE2, "de", "negation", "Brenko nahm die Hilfen aus Tschechien an."),
    (DE2, "de", "country", "In Tschechien baut Brenko 300 Stellen auf."),
    (
        DE2,
        "de",
        "name-swap",
        "Vorstandschefin Oskar Dehn nannte die hohen Energiekosten als Grund.",
    ),
    (DE2, "de", "name-swap", "Bezirksleiter Kaweh Lorenz forderte Verhandlungen."),
    (DE2, "de", "date", "Das Unternehmen teilte das am Donnerstag mit."),
    (DE2, "de", "date", "Das Werk schließt zum 30. Oktober."),
    (DE2, "de", "number-swap", "In Polen baut Brenko 850 Stellen auf."),
    (DE2, "de", "modality", "Kaweh Lorenz hat die Belegschaft unterstützt."),
    (DE2, "de", "negation", "Brenko öffnet sein Werk in Kassel."),
    (FR3, "fr", "negation", "Le Sénat a rejeté la réforme des retraites."),
    (FR3, "fr", "negation", "Les socialistes ont voté pour le texte."),
    (FR3, "fr", "direction", "Le chômage a augmenté à 7,4 % au deuxième trimestre."),
    (FR3, "fr", "negation", "L'Italie a signé l'accord européen."),
    (FR3, "fr", "date", "L'Espagne a signé l'accord mercredi."),
    (FR3, "fr", "number-swap", "Les pompiers ont évacué 30 personnes."),
    (FR3, "fr", "number", "Un incendie a détruit 40 maisons près de Nîmes."),
    (FR3, "fr", "country", "Un incendie a détruit 30 maisons près de Lyon."),
    (FR3, "fr", "name-swap", "La ministre du Travail, Bruno Castel, a salué un vote historique."),
    (
        FR3,
        "fr",
        "role",
        "Le groupe Darnel a vendu son usine à l'entreprise Solvia pour 60 millions d'euros.",
    ),
    (FR3, "fr", "unit", "Solvia a vendu son usine pour 60 milliards d'euros."),
    (FR3, "fr", "modality", "Bruno Castel se présente en 2027."),
    (ES4, "es", "name-swap", "El candidato Tomás Arrieta ganó el domingo la alcaldía de Loreda."),
    (ES4, "es", "negation", "Tomás Arrieta reconoció la derrota."),
    (ES4, "es", "direction", "La participación subió al 64%."),
    (ES4, "es", "country", "El gobierno de Ecuador envió 40 observadores."),
    (ES4, "es", "date", "La policía detuvo a tres personas el domingo."),
    (ES4, "es", "number", "La policía detuvo a cinco personas."),
    (ES4, "es", "modality", "El tribunal electoral anuló 200 actas."),
    (ES4, "es", "unit", "Minsur pagará una multa de 15 millones de dólares."),
    (ES4, "es", "negation", "El juez Pablo Ríos condenó al alcalde anterior, Luis Cano."),
    (ES4, "es", "role", "Luis Cano absolvió al juez Pablo Ríos."),
    (ES4, "es", "number-swap", "El tribunal electoral podría anular 40 actas."),
    (ES4, "es", "negation", "Irene Salcedo perdió la alcaldía de Loreda."),
    (PT5, "pt", "number", "O governador decretou emergência em 20 cidades."),
    (PT5, "pt", "unit", "O rio Tibagi subiu 4 quilômetros."),
    (PT5, "pt", "direction", "O preço da soja subiu 3% na bolsa."),
    (PT5, "pt", "negation", "A prefeita de Londrina, Rita Prado, pediu ajuda federal."),
    (PT5, "pt", "negation", "O Brasil recusou a oferta do Uruguai."),
    (PT5, "pt", "name-swap", "A prefeita Rita Prado decretou emergência em 12 cidades."),
    (PT5, "pt", "role", "O Brasil ofereceu barcos ao Uruguai."),
    (PT5, "pt", "date", "A Copelux vai restabelecer a energia até sexta-feira."),
    (PT5, "pt", "number-swap", "O governador decretou emergência em 2.300 cidades."),
    (PT5, "pt", "country", "As chuvas deixaram 2.300 desabrigados no Uruguai."),
    (IT6, "it", "number", "Lo sciopero ha fermato 460 convogli in Lombardia."),
    (IT6, "it", "number-swap", "Il sindacato Fersind chiede un aumento di 90 euro."),
    (IT6, "it", "negation", "Il ministro dei Trasporti, Aldo Ferri, ha convocato le parti."),
    (IT6, "it", "name-swap", "La presidente della regione, Aldo Ferri, ha criticato il governo."),
    (IT6, "it", "direction", "I passeggeri sono aumentati del 6% in aprile."),
    (IT6, "it", "country", "La Francia ha chiuso il tunnel del Sempione."),
    (IT6, "it", "date", "La Svizzera ha chiuso il tunnel del Sempione giovedì."),
    (IT6, "it", "modality", "Il governo ha ridotto i fondi."),
    (IT6, "it", "role", "Il governo ha criticato la presidente della regione, Marta Colli."),
    (IT6, "it", "negation", "La Svizzera ha riaperto il tunnel del Sempione."),
    (IT6, "it", "unit", "Il sindacato Fersind chiede un aumento di 180 milioni."),
    (RU7, "ru", "number", "Пострадали семеро рабочих и 12 пожарных."),
    (RU7, "ru", "unit", "Ущерб оценили в 80 млрд рублей."),
    (RU7, "ru", "direction", "Цены на рис упали на 5 процентов."),
    (RU7, "ru", "negation", "Директор Анна Белова признала вину."),
    (RU7, "ru", "negation", "Россия приняла помощь Казахстана."),
    (RU7, "ru", "date", "Школы закрыли до среды."),
    (RU7, "ru", "name-swap", "Мэр Виталий Орлов встретился с жителями."),
    (RU7, "ru", "name-swap", "Губернатор Сергей Лунин поручил проверить все склады."),
    (RU7, "ru", "modality", "Суд арестовал владельца."),
    (RU7, "ru", "country", "Пожар на складе в Казахстане потушили в четверг."),
    (RU7, "ru", "role", "Россия предложила помощь Казахстану."),
    (RU7, "ru", "date", "Мэр Сергей Лунин встретился с жителями в четверг."),
    (UK8, "uk", "number", "Компанія «Мостбуд» найняла 250 робітників."),
    (UK8, "uk", "unit", "Ремонт коштував 45 млн євро."),
    (UK8, "uk", "negation", "Міністр Олег Савчук приїхав на відкриття."),
    (UK8, "uk", "direction", "Кількість аварій зросла на 12 відсотків."),
    (UK8, "uk", "country", "Угорщина виділила 2 млн євро."),
    (UK8, "uk", "name-swap", "Мер Олег Савчук подякував будівельникам."),
    (UK8, "uk", "date", "Рада ухвалила бюджет у четвер."),
    (UK8, "uk", "date", "Міст у Луцьку відкрили в середу."),
    (UK8, "uk", "modality", "Трамвай запрацював у листопаді."),
    (UK8, "uk", "negation", "Рада відхилила бюджет."),
    (UK8, "uk", "negation", "Міст у Луцьку закрили в суботу."),
]


@pytest.mark.parametrize(("article", "language", "sentence"), TRUE)
def test_a_paraphrase_is_accepted(article, language, sentence):
    assert SourceText(article, language).find_unsupported(sentence) is None


@pytest.mark.parametrize(("article", "language", "kind", "sentence"), FALSE)
def test_a_false_statement_is_rejected(article, language, kind, sentence):
    assert SourceText(article, language).find_unsupported(sentence) is not None, kind
