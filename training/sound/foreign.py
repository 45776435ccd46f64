"""Words and short phrases of other languages, by the names that espeak-ng has for them: speech that is not for nano."""

LANGUAGES = {name: phrases.split("|") for name, phrases in {
    "de": "guten morgen|wo ist der bahnhof|ich habe keine zeit|das wetter ist schön|vielen dank|wir gehen nach hause|das ist sehr teuer|auf wiedersehen|die kinder spielen im garten|"
          "der zug kommt um acht|ich weiß es nicht|kannst du mir helfen|heute abend|ein glas wasser bitte|das buch liegt dort",
    "fr-fr": "bonjour madame|où est la gare|je ne sais pas|il fait beau|merci beaucoup|nous allons à la maison|c'est trop cher|au revoir|les enfants jouent dans le jardin|"
             "le train part à huit heures|je voudrais un café|qu'est ce que c'est|à demain|il n'y a plus de pain",
    "es": "buenos días|dónde está la estación|no lo sé|hace buen tiempo|muchas gracias|vamos a casa|es muy caro|hasta luego|los niños juegan en el jardín|quiero un café con leche|"
          "qué hora es|mañana por la mañana|no tengo tiempo|la cena está lista",
    "it": "buongiorno|dov'è la stazione|non lo so|fa bel tempo|grazie mille|andiamo a casa|è troppo caro|arrivederci|i bambini giocano in giardino|vorrei un caffè|che ore sono|domani mattina|"
          "non ho tempo|la cena è pronta",
    "pt": "bom dia|onde fica a estação|não sei|está bom tempo|muito obrigado|vamos para casa|é muito caro|até logo|as crianças brincam no jardim|quero um café|que horas são|amanhã de manhã",
    "nl": "goedemorgen|waar is het station|ik weet het niet|het is mooi weer|dank je wel|we gaan naar huis|dat is te duur|tot ziens|de kinderen spelen in de tuin|ik wil graag koffie|hoe laat is het",
    "sv": "god morgon|var är stationen|jag vet inte|det är fint väder|tack så mycket|vi går hem|det är för dyrt|hej då|barnen leker i trädgården|jag vill ha kaffe|vad är klockan",
    "pl": "dzień dobry|gdzie jest dworzec|nie wiem|jest ładna pogoda|dziękuję bardzo|idziemy do domu|to za drogo|do widzenia|dzieci bawią się w ogrodzie|poproszę kawę|która godzina",
    "cs": "dobrý den|kde je nádraží|nevím|je hezky|děkuji mnohokrát|jdeme domů|to je moc drahé|na shledanou|děti si hrají na zahradě|dám si kávu|kolik je hodin",
    "ru": "доброе утро|где вокзал|я не знаю|сегодня хорошая погода|большое спасибо|мы идём домой|это слишком дорого|до свидания|дети играют в саду|я хочу кофе|который час|мне некогда",
    "tr": "günaydın|istasyon nerede|bilmiyorum|hava çok güzel|çok teşekkür ederim|eve gidiyoruz|bu çok pahalı|hoşça kal|çocuklar bahçede oynuyor|bir kahve istiyorum|saat kaç",
    "fi": "hyvää huomenta|missä on asema|en tiedä|on kaunis ilma|kiitos paljon|menemme kotiin|se on liian kallis|näkemiin|lapset leikkivät puutarhassa|haluaisin kahvia|paljonko kello on",
    "hu": "jó reggelt|hol van az állomás|nem tudom|szép idő van|köszönöm szépen|megyünk haza|ez túl drága|viszontlátásra|a gyerekek a kertben játszanak|kérek egy kávét|hány óra van",
    "el": "καλημέρα|πού είναι ο σταθμός|δεν ξέρω|κάνει καλό καιρό|ευχαριστώ πολύ|πάμε σπίτι|είναι πολύ ακριβό|αντίο|τα παιδιά παίζουν στον κήπο|θέλω έναν καφέ|τι ώρα είναι",
    "ro": "bună dimineața|unde este gara|nu știu|este vreme frumoasă|mulțumesc mult|mergem acasă|este prea scump|la revedere|copiii se joacă în grădină|vreau o cafea|cât este ceasul",
    "id": "selamat pagi|di mana stasiun|saya tidak tahu|cuaca bagus hari ini|terima kasih banyak|kami pulang ke rumah|itu terlalu mahal|sampai jumpa|anak anak bermain di kebun|saya mau kopi",
    "sw": "habari za asubuhi|kituo kiko wapi|sijui|hali ya hewa ni nzuri|asante sana|tunaenda nyumbani|ni ghali sana|kwaheri|watoto wanacheza bustanini|nataka kahawa|saa ngapi sasa",
    "hi": "सुप्रभात|स्टेशन कहाँ है|मुझे नहीं पता|आज मौसम अच्छा है|बहुत धन्यवाद|हम घर जा रहे हैं|यह बहुत महँगा है|फिर मिलेंगे|बच्चे बगीचे में खेल रहे हैं|मुझे चाय चाहिए",
    "cmn": "早上好|车站在哪里|我不知道|今天天气很好|非常感谢|我们回家吧|太贵了|再见|孩子们在花园里玩|我想喝茶|现在几点",
    "vi": "chào buổi sáng|nhà ga ở đâu|tôi không biết|hôm nay trời đẹp|cảm ơn rất nhiều|chúng tôi về nhà|đắt quá|tạm biệt|trẻ em chơi trong vườn|tôi muốn uống trà|mấy giờ rồi",
    "eo": "bonan matenon|kie estas la stacidomo|mi ne scias|estas bela vetero|multan dankon|ni iras hejmen|tio estas tro multekosta|ĝis revido|la infanoj ludas en la ĝardeno",
    "da": "god morgen|hvor er stationen|det ved jeg ikke|det er dejligt vejr|mange tak|vi går hjem|det er for dyrt|farvel|børnene leger i haven|jeg vil gerne have kaffe",
    "ko": "안녕하세요|역이 어디예요|잘 모르겠어요|오늘 날씨가 좋아요|정말 감사합니다|집에 갑시다|너무 비싸요|안녕히 가세요|아이들이 정원에서 놀아요|커피 주세요",
    "ca": "bon dia|on és l'estació|no ho sé|fa bon temps|moltes gràcies|anem a casa|és massa car|adéu|els nens juguen al jardí|vull un cafè amb llet|quina hora és",
    "uk": "доброго ранку|де вокзал|я не знаю|сьогодні гарна погода|дуже дякую|ми йдемо додому|це занадто дорого|до побачення|діти граються в саду|я хочу каву",
    "ta": "காலை வணக்கம்|நிலையம் எங்கே|எனக்குத் தெரியாது|மிக்க நன்றி|வீட்டிற்குப் போகலாம்|மீண்டும் சந்திப்போம்",
    "cy": "bore da|ble mae'r orsaf|dydw i ddim yn gwybod|mae'r tywydd yn braf|diolch yn fawr|rydyn ni'n mynd adref|hwyl fawr|mae'r plant yn chwarae yn yr ardd"}.items()}
EVALUATION_LANGUAGES = ("da", "ko", "ca", "uk", "ta", "cy")
