"""Inflections that must match and similar words that must not, by language.

Each pair is (word of the query, text). The text can have several words in a script without spaces or in
a language that joins particles to words.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Words(NamedTuple):
    same: tuple[tuple[str, str], ...]
    other: tuple[tuple[str, str], ...]


def pairs(text: str) -> tuple[tuple[str, str], ...]:
    """Return lines of ``query: form, form`` as pairs."""
    result = []
    for line in filter(None, map(str.strip, text.splitlines())):
        query, forms = line.split(":")
        result += [(query.strip(), form.strip()) for form in forms.split(",")]
    return tuple(result)


INFLECTIONS: Final = {
    "en": Words(
        pairs("""
            sanction: sanctions, sanctioned, sanctioning, Sanctions
            missile: missiles, missile's
            election: elections, ELECTIONS
            launch: launches, launched, launching
            policy: policies
            army: armies
            attack: attacked, attacks
            refugee: refugees
        """),
        pairs("""
            policy: police, polite
            police: policy, policies
            iran: Tehran, Iraq
            crisis: ISIS, Christ
            organ: organization
            missile: mission, missal
            market: Mark
            korea: Kore
        """),
    ),
    "de": Words(
        pairs("""
            Sanktion: Sanktionen
            Rakete: Raketen
            Wahl: Wahlen
            Regierung: Regierungen
            Haus: Hauses, Häuser, Häusern
            Minister: Ministers, Ministern
            Angriff: Angriffe, Angriffen
            Straße: Straßen, Strassen
        """),
        pairs("""
            Wahl: Wal, Wald
            Land: Lawine, Landung
            Krieg: Kriminal, Kredit
            Iran: Irak
            Steuer: Steg
            Politik: Polizei
        """),
    ),
    "nl": Words(
        pairs("""
            sanctie: sancties
            raket: raketten
            verkiezing: verkiezingen
            regering: regeringen
            aanval: aanvallen
            huis: huizen
        """),
        pairs("""
            politie: politiek
            raket: racket
            oorlog: oorzaak
            regering: regen
            leger: legende
        """),
    ),
    "sv": Words(
        pairs("""
            sanktion: sanktioner, sanktionerna
            raket: raketer, raketen, raketerna
            val: valet, valen
            regering: regeringen, regeringens, regeringar
            attack: attacker, attacken
        """),
        pairs("""
            polis: politik
            regering: regn
            krig: kris
            val: valp
            raket: racket
        """),
    ),
    "da": Words(
        pairs("""
            sanktion: sanktioner, sanktionerne
            regering: regeringen, regeringens, regeringer
            angreb: angrebet
            krig: krigen, krige
            minister: ministeren
        """),
        pairs("""
            politi: politik
            krig: krise
            valg: vandret
            regering: regn
            hær: hæder
        """),
    ),
    "no": Words(
        pairs("""
            sanksjon: sanksjoner, sanksjonene
            regjering: regjeringen, regjeringens, regjeringer
            angrep: angrepet, angrepene
            krig: krigen, kriger
            valg: valget, valgene
        """),
        pairs("""
            politi: politikk
            krig: krise
            valg: vaktel
            regjering: regn
            rakett: racket
        """),
    ),
    "fr": Words(
        pairs("""
            sanction: sanctions, sanctionné, sanctionnés
            missile: missiles
            élection: élections, Elections
            gouvernement: gouvernements
            attaque: attaques, attaqué
            russe: russes
            journal: journaux
        """),
        pairs("""
            politique: police, policier
            mission: missile, missive
            guerre: guère
            Iran: Irak
            marché: marin
            élection: électricité
        """),
    ),
    "es": Words(
        pairs("""
            sanción: sanciones, Sanción, sancion
            misil: misiles
            elección: elecciones
            gobierno: gobiernos
            ataque: ataques
            presidente: presidentes
            país: países
        """),
        pairs("""
            política: policía
            misil: misión, misa
            guerra: guerrero
            gobierno: gobio
            casa: caza
            elección: electricidad
        """),
    ),
    "pt": Words(
        pairs("""
            sanção: sanções
            eleição: eleições
            governo: governos
            ataque: ataques
            ministro: ministros
            greve: greves
        """),
        pairs("""
            política: polícia
            míssil: missão
            greve: gravidade
            guerra: guarda
            governo: goverlândia
        """),
    ),
    "it": Words(
        pairs("""
            sanzione: sanzioni
            missile: missili
            elezione: elezioni
            governo: governi
            attacco: attacchi
            guerra: guerre
            ministro: ministri
        """),
        pairs("""
            politica: polizia
            missile: missione
            guerra: guardia
            governo: govone
            elezione: elettricità
        """),
    ),
    "ca": Words(
        pairs("""
            sanció: sancions
            míssil: míssils
            elecció: eleccions
            govern: governs
            atac: atacs
        """),
        pairs("""
            política: policia
            míssil: mitjà
            guerra: guàrdia
            elecció: electricitat
            govern: gota
        """),
    ),
    "ro": Words(
        pairs("""
            sancțiune: sancțiuni, sancțiunile
            rachetă: rachete, rachetele
            guvern: guvernul, guvernului
            alegere: alegeri, alegerile
            atac: atacul, atacuri
        """),
        pairs("""
            politică: polen
            rachetă: rață
            război: rază
            guvern: guler
            minister: miner
        """),
    ),
    "ru": Words(
        pairs("""
            санкция: санкции, санкций, санкциями, санкциям
            ракета: ракеты, ракет, ракетой, ракетами
            северный: северной, северная, северных
            выборы: выборов, выборах, выборам
            правительство: правительства, правительством
            война: войны, войне, войной
        """),
        pairs("""
            политика: полиция
            ракета: ракетка
            мир: мера
            Иран: Ирак
            война: вой
            выборы: выбросы
        """),
    ),
    "uk": Words(
        pairs("""
            санкція: санкції, санкцій, санкціями
            ракета: ракети, ракетами, ракетою
            вибори: виборів, виборах
            уряд: уряду, урядом
            війна: війни, війною
        """),
        pairs("""
            політика: поліція
            ракета: ракетка
            уряд: урок
            Іран: Ірак
            вибори: викиди
        """),
    ),
    "bg": Words(
        pairs("""
            санкция: санкции, санкциите
            ракета: ракети, ракетите, ракетата
            избор: избори, изборите
            правителство: правителството
            война: войната, войни
        """),
        pairs("""
            политика: полиция
            мисия: миля
            Иран: Ирак
            избор: извор
            война: воин
        """),
    ),
    "sr": Words(
        pairs("""
            санкција: санкције, санкцијама
            ракета: ракете, ракетама
            избор: избори, изборима, избора
            влада: владе, владу
            рат: рата
        """),
        pairs("""
            политика: полиција
            рат: рак
            Иран: Ирак
            влада: влага
            избор: извор
        """),
    ),
    "hr": Words(
        pairs("""
            sankcija: sankcije, sankcijama
            raketa: rakete, raketama
            izbor: izbori, izborima
            vlada: vlade, vladu
            napad: napadi, napada
        """),
        pairs("""
            politika: policija
            Iran: Irak
            vlada: vlaga
            izbor: izvor
            napad: nadar
        """),
    ),
    "pl": Words(
        pairs("""
            sankcja: sankcje, sankcji, sankcjami
            rakieta: rakiety, rakietami
            rząd: rządu, rządem
            wybory: wyborów, wyborach
            wojna: wojny, wojną
        """),
        pairs("""
            polityka: policja
            rakieta: rakietka
            rząd: rzut
            Iran: Irak
            wybory: wyroby
        """),
    ),
    "cs": Words(
        pairs("""
            sankce: sankcí, sankcemi
            raketa: rakety, raketami, raketou
            vláda: vlády, vládou, vládě
            volba: volby, volbami
            válka: války, válkou
        """),
        pairs("""
            politika: policie
            raketa: raketák
            vláda: vlaha
            Írán: Irák
            volba: volno
        """),
    ),
    "lt": Words(
        pairs("""
            sankcija: sankcijos, sankcijų, sankcijomis
            raketa: raketos, raketų, raketomis
            rinkimai: rinkimų, rinkimuose
            vyriausybė: vyriausybės, vyriausybę
            karas: karo, karą
        """),
        pairs("""
            politika: policija
            karas: karvė
            Iranas: Irakas
            raketa: raktas
            rinkimai: rinka
        """),
    ),
    "fi": Words(
        pairs("""
            pakote: pakotteet, pakotteita, pakotteiden
            ohjus: ohjukset, ohjuksia, ohjuksen
            hallitus: hallituksen, hallitukset
            vaali: vaalit
            sota: sotaa
        """),
        pairs("""
            poliisi: politiikka
            hallitus: halli
            sota: sotka
            Iran: Irak
            vaali: vaalea
        """),
    ),
    "et": Words(
        pairs("""
            sanktsioon: sanktsioonid, sanktsioone, sanktsioonide
            rakett: raketid, rakettide
            valitsus: valitsuse, valitsused
            valimine: valimised, valimiste
            minister: minister
        """),
        pairs("""
            politsei: poliitika
            rakett: reket
            valitsus: valgus
            Iraan: Iraak
            sõda: sõna
        """),
    ),
    "hu": Words(
        pairs("""
            szankció: szankciók, szankciókat, szankcióval
            rakéta: rakéták, rakétát, rakétával
            választás: választások, választáson, választást
            kormány: kormánynak, kormányt, kormányok
            háború: háborúk, háborúban
        """),
        pairs("""
            rendőr: rend
            háború: hab
            Irán: Irak
            kormány: korom
            rakéta: rak
        """),
    ),
    "tr": Words(
        pairs("""
            yaptırım: yaptırımlar, yaptırımları, yaptırımların
            füze: füzeler, füzesi, füzeleri
            seçim: seçimler, seçimlerde, seçimi
            hükümet: hükümetin, hükümetler
            savaş: savaşı, savaşta
            İran: İran'ın, İran'a
        """),
        pairs("""
            polis: politika
            İran: Irak
            savaş: sava
            seçim: seçmen
            füze: fuar
        """),
    ),
    "el": Words(
        pairs("""
            κύρωση: κυρώσεις, κυρώσεων
            πύραυλος: πύραυλοι, πυραύλων, πυραύλους
            κυβέρνηση: κυβέρνησης, κυβερνήσεις
            εκλογή: εκλογές, εκλογών
            πόλεμος: πολέμου, πόλεμο, ΠΟΛΕΜΟΣ
        """),
        pairs("""
            πολιτική: πολίτης
            πόλεμος: πόλη
            Ιράν: Ιράκ
            κυβέρνηση: κύβος
            ειρήνη: Ειρηνικός
        """),
    ),
    "hy": Words(
        pairs("""
            հրթիռ: հրթիռներ, հրթիռի, հրթիռները
            կառավարություն: կառավարության, կառավարությունը
            ընտրություն: ընտրություններ, ընտրությունների
            պատերազմ: պատերազմի, պատերազմը
        """),
        pairs("""
            Իրան: Իրաք
            պատերազմ: պատ
            հրթիռ: հրդեհ
            կառավարություն: կառք
            ընտրություն: ընկեր
        """),
    ),
    "ar": Words(
        pairs("""
            عقوبات: العقوبات, بالعقوبات, والعقوبات, للعقوبات
            صاروخ: الصاروخ, صاروخي
            حكومة: الحكومة, والحكومة, حكومتها, للحكومة
            انتخابات: الانتخابات, بالانتخابات
            إيران: ايران, وإيران, لإيران
        """),
        pairs("""
            إيران: العراق
            حرب: حزب
            سلام: سلاح
            حكومة: حكمة
            عقوبات: عقبات
        """),
    ),
    "fa": Words(
        pairs("""
            تحریم: تحریم‌ها, تحریم‌های, تحریمها
            موشک: موشک‌ها, موشک‌های, موشکها
            دولت: دولت‌ها, دولت‌های
            انتخابات: انتخابات
            ایران: ايران
        """),
        pairs("""
            ایران: عراق
            جنگ: جنگل
            دولت: دوست
            موشک: موش
            تحریم: تحریر
        """),
    ),
    "he": Words(
        pairs("""
            סנקציות: הסנקציות, בסנקציות, והסנקציות, לסנקציות
            טיל: הטיל, טילים, הטילים
            ממשלה: הממשלה, לממשלה, שהממשלה
            בחירות: הבחירות, בבחירות
            איראן: באיראן, ואיראן, לאיראן
        """),
        pairs("""
            איראן: עיראק
            מלחמה: מלח
            ממשלה: משל
            טיל: טיול
            שלום: שלוש
        """),
    ),
    "hi": Words(
        pairs("""
            प्रतिबंध: प्रतिबंधों
            मिसाइल: मिसाइलों, मिसाइलें
            सरकार: सरकारों, सरकारें
            चुनाव: चुनावों
            देश: देशों
        """),
        pairs("""
            ईरान: इराक
            सरकार: सरल
            देश: देर
            चुनाव: चुनरी
            मिसाइल: मिसाल
        """),
    ),
    "ne": Words(
        pairs("""
            सरकार: सरकारले, सरकारको, सरकारलाई
            देश: देशको, देशमा
            निर्वाचन: निर्वाचनको, निर्वाचनमा
            चीन: चीनले, चीनको
            युद्ध: युद्धको, युद्धमा
        """),
        pairs("""
            सरकार: सरल
            देश: देवता
            चीन: चिनी
            निर्वाचन: निर्वासन
            युद्ध: बुद्ध
        """),
    ),
    "ta": Words(
        pairs("""
            தடை: தடைகள்
            ஏவுகணை: ஏவுகணைகள், ஏவுகணையை
            தேர்தல்: தேர்தலில், தேர்தல்கள்
            அரசு: அரசுகள்
            இந்தியா: இந்தியாவின், இந்தியாவில்
        """),
        pairs("""
            ஈரான்: ஈராக்
            அரசு: அரிசி
            தடை: தாடி
            தேர்தல்: தேங்காய்
            இந்தியா: இந்து
        """),
    ),
    "id": Words(
        pairs("""
            sanksi: sanksinya
            serang: menyerang, serangan, diserang
            pilih: pemilihan, memilih
            rudal: rudalnya
            larang: melarang, larangan, dilarang
        """),
        pairs("""
            polisi: politik
            perang: parang
            Iran: Irak
            rudal: ruda
            sanksi: saksi
        """),
    ),
    "ko": Words(
        pairs("""
            북한: 북한의, 북한이, 북한은, 북한에서
            제재: 제재를, 제재가, 제재에
            미사일: 미사일을, 미사일이
            선거: 선거에서, 선거의
            정부: 정부는, 정부가
        """),
        pairs("""
            이란: 이라크
            북한: 남한
            정부: 정당
            제재: 제조
            선거: 선수
        """),
    ),
    "zh": Words(
        pairs("""
            制裁: 新制裁措施, 联合国制裁
            导弹: 弹道导弹试验
            联合国: 联合国安理会
            选举: 总统选举结果
            政府: 韩国政府表示
        """),
        pairs("""
            伊朗: 伊拉克
            制裁: 制造裁判
            导弹: 导演
            政府: 政党
            选举: 选手举行
        """),
    ),
    "ja": Words(
        pairs("""
            制裁: 追加制裁を発表
            ミサイル: 弾道ミサイルを発射
            選挙: 大統領選挙の結果
            北朝鮮: 北朝鮮が発表
            政府: 日本政府は
        """),
        pairs("""
            イラン: イラク
            ミサイル: ミサ
            選挙: 選手
            政府: 政党
            制裁: 制作
        """),
    ),
    "th": Words(
        pairs("""
            คว่ำบาตร: มาตรการคว่ำบาตรใหม่
            รัฐบาล: โฆษกรัฐบาลกล่าว
            เลือกตั้ง: ผลการเลือกตั้งทั่วไป
            ขีปนาวุธ: ทดสอบขีปนาวุธอีกครั้ง
            เกาหลี: เกาหลีเหนือยิง
        """),
        pairs("""
            อิหร่าน: อิรัก
            รัฐบาล: รัฐสภา
            เลือกตั้ง: เลือกซื้อ
            ขีปนาวุธ: อาวุธ
            สงคราม: สงกรานต์
        """),
    ),
    "vi": Words(
        pairs("""
            tên lửa: vụ thử tên lửa mới
            trừng phạt: lệnh trừng phạt
            chính phủ: Chính phủ Hàn Quốc
            bầu cử: cuộc bầu cử tổng thống
            chiến tranh: Chiến tranh thương mại
        """),
        pairs("""
            Iran: Iraq
            chính phủ: chính trị
            tên lửa: tên miền
            bầu cử: bầu trời
            chiến tranh: chiến dịch
        """),
    ),
}
"""Language tag → its words."""
