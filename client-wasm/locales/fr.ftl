# Incamera, français. Un message par ligne : nom = texte. Les { $noms } sont remplis par le programme.
# Dire ce que la personne voit ou fait, jamais ce que fait la machine. Vous ; aucun participe accordé avec une personne.
# Espace fine insécable (U+202F) avant ; ! ?, espace insécable (U+00A0) avant : et dans les guillemets.

## Cette langue : son nom ; ltr ou rtl ; et la langue des mots dont on tire noms de salles et mots de passe, en ou fr
language-name = Français
language-direction = ltr
language-words = fr
language-guide = fr

## Partout
language = Langue
theme = Apparence
theme-system = Comme l’appareil
theme-light = Clair
theme-dark = Sombre
close = Fermer
you = Vous
you-suffix = vous

## Portail
portal-page = Rejoindre une réunion · Incamera
portal-title = Parlez à huis clos.
portal-lead = Sans compte, sans installation.
portal-lead-long = Seules les personnes dans la salle voient, entendent et lisent ce qui s’y passe. Le serveur, au milieu, transporte ce qu’il ne peut pas ouvrir.
portal-lead-short = Seules les personnes dans la salle voient, entendent et lisent.
portal-form = Votre réunion
guide = Petit guide
portal-trust = Que peut voir ce site ?
portal-join = Entrer
ask-in = Je n’ai pas de mot de passe : demander qu’on m’ouvre
room-name = Nom de la salle
room-another = Un autre nom
room-drawn = Tiré au hasard. Vous pouvez écrire le vôtre.
room-invited = On vous invite dans cette salle.
room-visited = Vous connaissez déjà cette salle.
room-strong = Difficile à deviner. Qui a ce nom ou son lien peut entrer.
room-made-valid = « { $typed } » est devenu un nom qui tient dans un lien.
room-weak = Ce nom se devine facilement : il ne protège rien. Ajoutez un mot de passe, ou une fin que personne ne devine.
room-weak-password = Ce nom se devine facilement. Votre mot de passe garde la porte.
room-ending = Ajouter une fin
room-missing = Écrivez un nom de salle, ou tirez-en un.
password = Mot de passe
password-optional = facultatif
password-suggest = Proposer
password-show = Montrer le mot de passe
password-hide = Cacher le mot de passe
password-apart = Envoyez-le par une autre voie que le lien : un appel, une autre appli.
password-required = Cette salle a un mot de passe. Demandez-le à qui vous invite.
password-needed = Cette salle a un mot de passe : écrivez-le pour entrer. Demandez-le à qui vous invite.
password-common = C’est l’un des mots de passe les plus courants, donc le premier essayé. Choisissez-en un autre.
password-common-join = Aucune salle n’accepte ce mot de passe : c’est l’un des plus courants. Demandez à qui vous invite.
password-unchecked = Impossible de vérifier si ce mot de passe est l’un des plus courants : la liste n’est pas arrivée. Vérifiez votre connexion, puis réessayez.
password-weak = Se devine en quelques essais, que les personnes dans la salle verraient.
password-good = Assez solide : chaque essai se fait au vu de tous.
password-of-last = C’était le mot de passe de votre dernière réunion : qui y était le connaît, même après une exclusion. Mieux vaut en prendre un nouveau.
password-strong = Personne ne le devinera.
name = Votre nom
name-hint = visible dans la salle seulement
name-missing = Écrivez un nom, pour que les autres sachent qui arrive.

## Salles visitées, sur cet appareil seulement
visited-title = Salles visitées
visited-keep = Garder sur cet appareil les salles que je visite
visited-keep-hint = Noms des salles, dates, votre propre nom et votre choix de qualité des images, dans ce navigateur seulement, et une page pour quand le réseau manque. Jamais un mot de passe, jamais qui d’autre était là.
visited-burn = Brûler la liste
visited-forget = Oublier { $room }
visited-time = { $time }
visited-time-password = { $time }, avec un mot de passe

## Caméra et micro avant d’entrer
preview-you = Vous, comme les autres vous verront
preview-devices = Choisir la caméra et le micro
microphone = Micro
camera = Caméra
microphone-mute = Couper le micro
microphone-unmute = Ouvrir le micro
camera-turn-off = Couper la caméra
camera-turn-on = Ouvrir la caméra
device-none-camera = Aucune caméra
device-none-microphone = Aucun micro
device-unnamed-camera = Caméra { $number }
device-unnamed-microphone = Micro { $number }
level = Niveau du micro
level-heard = On vous entend
level-quiet = Dites quelque chose : la barre doit bouger
level-off = Votre micro est coupé
preview-ask = Votre navigateur demande s’il peut ouvrir la caméra et le micro
preview-ask-body = Choisissez « Autoriser ». Vous pourrez les couper avant d’entrer.
refused-camera = Votre navigateur garde la caméra fermée
refused-camera-body = Vous pouvez aussi entrer avec votre voix seule.
refused-both = Votre navigateur garde la caméra et le micro fermés
refused-both-body = Vous pouvez aussi entrer sans les deux : vous voyez, entendez et écrivez.
refused-none = Ni caméra ni micro
refused-none-body = Branchez-en et réessayez, ou entrez sans : vous voyez, entendez et écrivez.
refused-busy = Un autre programme utilise votre caméra
refused-busy-body = Fermez-la dans ce programme et réessayez, ou entrez avec votre voix seule.
refused-microphone = Votre navigateur garde le micro fermé
refused-microphone-body = Vous pouvez aussi entrer sans : vous voyez, entendez et écrivez.
refused-no-camera = Aucune caméra
refused-no-camera-body = Branchez-en une et réessayez, ou entrez avec votre voix seule.
refused-no-microphone = Aucun micro
refused-no-microphone-body = Branchez-en un et réessayez, ou entrez sans : vous voyez, entendez et écrivez.
refused-busy-microphone = Un autre programme utilise votre micro
refused-busy-microphone-body = Libérez-le dans ce programme et réessayez, ou entrez sans micro.
where-chromium = Cliquez sur le signe à gauche de l’adresse, activez-y la caméra et le micro, puis réessayez.
where-android = Touchez le signe à gauche de l’adresse, puis « Autorisations », autorisez la caméra et le micro, puis réessayez.
where-firefox = Cliquez sur le signe barré à gauche de l’adresse, levez le blocage, puis réessayez.
where-safari = Dans le menu « Safari », ouvrez « Réglages pour ce site web », autorisez la caméra et le micro, puis réessayez.
where-ios = Touchez le signe à côté de l’adresse, puis « Réglages du site web », autorisez la caméra et le micro, puis réessayez.
where-ios-other = Dans les Réglages de votre appareil, cherchez ce navigateur et autorisez la caméra et le micro. Puis revenez et réessayez.
try-again = Réessayer
camera-is-off = Votre caméra est coupée

## À la porte
joining-page = À la porte · Incamera
joining-connecting = On cherche la salle…
joining-knocking = Vous avez frappé.
joining-knocking-body = Quelqu’un dans la salle vérifie le mot de passe avec vous. C’est l’affaire d’un instant.
joining-admitted = La porte s’ouvre…
joining-admitted-body = Vous faites partie de ceux qui peuvent entrer.
joining-unopened = La salle n’est pas encore ouverte.
joining-unopened-body = Vous entrerez dès que quelqu’un l’ouvrira.
joining-nobody = Personne ne vous voit ni ne vous entend encore.
joining-stop = Ne plus attendre

## À la porte sans mot de passe
waiting-lead = Quelqu’un dans la salle voit ces quatre mots à côté de votre nom. Dites-les à la personne qui vous ouvre, au téléphone ou par message : elle saura que c’est bien vous.
waiting-lead-nobody = On attend dans la salle quelqu’un qui puisse ouvrir. Quatre mots vont apparaître ici, à lui dire.
waiting-line = Depuis la salle :
room-unverified = Cette salle n’est pas vérifiée.
room-unverified-body = La personne qui vous a ouvert a-t-elle les mêmes quatre mots ? { $words }

## Pourquoi on n’entre pas
end-wrong-password-1 = Ce n’est pas le mot de passe de cette salle. Premier essai sur trois.
end-wrong-password-2 = Ce n’est toujours pas le mot de passe de cette salle, ou bien qui répond à la porte ne le connaît pas non plus. Deuxième essai sur trois.
end-wrong-password-3 = Ce n’est pas le mot de passe de cette salle, ou bien qui répond à la porte ne le connaît pas. C’était le troisième essai sur trois : demandez qu’on vous ouvre sans lui, ou demandez à qui vous invite.
end-wrong-password-told = Les personnes dans la salle savent que quelqu’un a essayé. En cas de doute, demandez à qui vous invite.
end-guessing = La salle ne prend plus de mot de passe : il y en a eu trop de mauvais. Demandez qu’on vous ouvre : quelqu’un dans la salle ouvrira la porte.
end-no-answer = Vous avez frappé et personne n’a répondu. La liaison manque peut-être un instant : réessayez.
end-room-full = La salle est pleine. Réessayez quand quelqu’un l’aura quittée.
end-host-full = Ce serveur n’a plus de place pour une réunion. Réessayez plus tard, ou prenez un autre serveur.
end-crowd = Beaucoup de monde frappe à cette porte. Attendez un instant, puis réessayez.
end-version = Cette page est plus ancienne que le serveur. Rechargez-la, puis entrez.
end-lost = La connexion n’a pas pu revenir. Entrez à nouveau : les autres sont encore dans la salle.
end-removed = Quelqu’un dans la salle vous a retiré l’accès à cette réunion.
end-refused = La salle ne vous a pas ouvert cette fois. Si l’on vous attend, demandez à qui vous invite.
end-closed = Pour l’instant, la salle n’ouvre à personne sans le mot de passe. Réessayez plus tard, ou demandez à qui vous invite.
end-permission = Il n’y a plus personne dans la salle, et ce serveur demande qui peut la rouvrir. Entrez à nouveau : il vous le demandera.
reload = Recharger

## Un serveur qui demande qui peut ouvrir une salle
opener-title = Il n’y a encore personne dans cette salle.
opener-lead = Ce serveur demande qui peut en ouvrir une.
opener-word = Votre mot pour ouvrir une salle
opener-name = Votre nom dans votre organisation
opener-password = Votre mot de passe dans votre organisation
opener-show = Afficher ce que vous tapez
opener-hide = Masquer ce que vous tapez
opener-learns = Le serveur apprend que vous ouvrez une salle, pas laquelle.
opener-open = Ouvrir la salle
opener-busy = Un instant…
opener-wait = Attendre que quelqu’un l’ouvre
opener-missing = Tapez ce que le serveur demande, ou attendez que quelqu’un ouvre la salle.
opener-wrong-word = Le serveur ne connaît pas ce mot. Demandez à qui le gère.
opener-wrong-account = Votre organisation ne connaît pas ce nom avec ce mot de passe.
opener-not-allowed = Le nom et le mot de passe sont justes, mais ce compte ne peut pas ouvrir de salle. Demandez à qui gère ce serveur.
opener-too-often = Trop d’essais. Attendez quelques minutes, puis réessayez.
opener-enough = On ne peut plus ouvrir de salle ainsi aujourd’hui. Demain, ce sera possible ; ou quelqu’un d’autre ouvre la salle.
opener-directory = Le serveur n’atteint pas l’annuaire de votre organisation pour le moment. Ce que vous avez tapé est peut-être juste : réessayez plus tard, ou prévenez qui gère ce serveur.
opener-no-answer = Le serveur n’a pas répondu comme il le doit. Réessayez, ou rechargez la page.

## Réunion
meeting = Réunion
meeting-page = { $room } · Incamera
meeting-arrived = Vous êtes dans la salle { $room }. { $people ->
    [one] Il n’y a que vous.
   *[other] { $people } personnes.
} { $microphone ->
    [on] Votre micro est ouvert.
   *[off] Votre micro est coupé.
} { $camera ->
    [on] Votre caméra est ouverte.
   *[off] Votre caméra est coupée.
}
state-closed = À huis clos
state-cut = Reconnexion…
state-alone = Personne d’autre ici
state-split = La salle est divisée
safety-code = Code de sûreté
safety-compared = comparé
controls = Vos commandes
panels = Volets
bar-mute = Couper
bar-unmute = Ouvrir
bar-camera = Caméra
bar-chat = Messages
bar-participants = Participants
bar-invite = Inviter
bar-leave = Quitter
chat-button = Messages { $count ->
    [one] { $count } non lu
   *[other] { $count } non lus
}
settings = Réglages
full-screen = Plein écran
people-count = { $count ->
    [one] { $count } personne
   *[other] { $count } personnes
}
pages = Pages de personnes
page-previous = Page précédente
page-next = Page suivante
page-of = { $page } / { $pages }

## Vignettes
tile-me = { $name }, vous
tile-speaking = parle
tile-microphone-off = micro coupé
tile-camera-off = caméra coupée
tile-joining = arrive
tile-joining-body = { $name } arrive…
tile-nameless = Quelqu’un
tile-away = connexion perdue
tile-away-body = { $name } n’a plus de connexion. La place est gardée un moment.
tile-not-verified = non vérifié
tile-veiled = image non vérifiée
tile-veiled-title = Cette image ne peut pas être vérifiée
tile-veiled-body = Plutôt que de montrer du faux, on ne montre rien.
tile-veiled-sound = son non vérifié
tag-not-verified = Non vérifié
tile-forged = usurpation possible
tile-unvouched = non confirmé
tag-forged = Peut-être pas { $name }
tag-unvouched = Non confirmé

## Écrans partagés
screen-share = Partager l’écran
screen-stop = Arrêter le partage
bar-share = Partager
screen-of = { $name } – écran
screen-coming = L’écran arrive…
sharing-title = Vous partagez votre écran.
sharing-body = Toute la salle peut le voir.
said-sharing = Vous partagez votre écran.
said-sharing-ended = Vous ne partagez plus votre écran.
said-screen = { $name } partage un écran.
view = Vue
view-everyone = Tout le monde
view-speaker = Qui parle
said-view-everyone = Tout le monde à la même taille.
said-view-speaker = Qui parle s’affiche en grand.
tile-pin = Agrandir { $name }
tile-unpin = Ne plus agrandir { $name }
apart = Petite fenêtre
apart-small = Reste au premier plan pendant que vous faites autre chose.
apart-close = Fermer la petite fenêtre
apart-browser = Pour une petite fenêtre au premier plan, passez la souris sur une image : votre navigateur y montre son propre bouton.
tile-menu = Options pour { $name }
tile-pinned = reste en grand
act-pin = Agrandir
act-unpin = Ne plus agrandir
act-own-tile = Mon image comme les autres
act-own-small = Mon image en petit, dans le coin
act-own-hidden = Me cacher mon image
act-mirror = Mon image comme dans un miroir
act-unmirror = Mon image comme les autres la voient
own = Votre propre image
own-tile = Comme les autres
own-small = En petit
own-hidden = Cachée
own-hidden-hint = Les autres la voient quand même. Elle revient dans les réglages.
own-mirror = Comme dans un miroir
own-mirror-hint = Les autres voient votre image à l’endroit.
said-own-hidden = Vous ne voyez plus votre propre image ; les autres la voient. Elle revient dans les réglages.
many = Jusqu’à 49 personnes par page
many-hint = Sinon 25.

## Ce que les images peuvent coûter
quality-title = Qualité des images
quality-best = La meilleure
quality-best-hint = Votre caméra envoie jusqu’à 1080 lignes. Plus de données, plus de travail pour votre appareil.
quality-standard = Standard
quality-standard-hint = Aussi belle que votre écran et votre connexion le permettent ; votre caméra envoie jusqu’à 720 lignes.
quality-save = Économiser les données
quality-save-hint = De petites images, dans les deux sens. Le son ne change pas.
quality-sound = Son seul
quality-sound-hint = Aucune image n’entre, aucune ne sort.
quality-note = Pour cette réunion. Les autres n’en savent rien.
quality-note-kept = Gardé sur cet appareil avec vos salles ; « Son seul » vaut pour cette réunion. Les autres n’en savent rien.
settings-quality = Qualité des images
tile-spared = sans image, son seul
tile-spared-body = Pas d’image : vous avez choisi le son seul.

## Un appareil fait défaut pendant la réunion
device-failed-microphone = Votre micro ne fonctionne pas.
device-failed-camera = Votre caméra ne fonctionne pas.
device-failed-screen = L’écran n’a pas pu être partagé.
device-failed-not-allowed = Votre navigateur ne l’autorise pas. Choisissez « Autoriser » au bout de la barre d’adresse, puis réessayez.
device-failed-not-found = Il n’est plus là. Branchez-le, ou choisissez-en un autre dans les réglages.
device-failed-busy = Un autre programme s’en sert peut-être. Fermez-le là-bas et réessayez.

## Hearing and being heard
reach-veiled = son non vérifié, donc rien n’est joué
reach-not-allowed = le navigateur d’en face n’autorise pas le micro
reach-none = pas de micro de ce côté-là
reach-busy = le micro ne fonctionne pas de ce côté-là
reach-silent = le micro est ouvert, mais ne donne aucun son
reach-nothing = le son n’arrive pas
reach-held-back = votre navigateur retient le son
reach-gaps = le son a des trous
reach-gaps-weak = le son a des trous : la connexion de { $name } est faible
reach-gaps-you = le son a des trous : votre connexion est faible
reach-weak = la connexion de { $name } est faible : l’image peut être petite
reach-picture = l’image se fige par moments
reach-picture-you = l’image se fige par moments : votre connexion est faible
bars-none = rien n’arrive
bars-weak = connexion faible
bars-fair = connexion moyenne
bars-good = bonne connexion
held-back = Votre navigateur retient le son des autres.
held-back-body = Il attend un clic.
held-back-hear = Entendre les autres
own-weak = Votre connexion est faible.
own-weak-body = Les images sont réduites, le son passe d’abord.
own-silent = Personne ne vous entend : votre micro ne donne aucun son.
own-silent-body = Il est peut-être coupé sur l’appareil lui-même ou dans le système. Vérifiez-le, ou choisissez-en un autre dans les réglages.
own-closed = Vous parlez, mais votre micro est coupé.
own-closed-body = Seul cet appareil l’a remarqué. Maintenez Espace pour parler, ou ouvrez le micro.
own-closed-body-touch = Seul cet appareil l’a remarqué. Ouvrez le micro pour parler.
switched-microphone = Votre micro n’est plus là. Un autre est utilisé.
switched-to = À présent : { $device }.
captions = Sous-titres
captions-show = Afficher les sous-titres
captions-hide = Masquer les sous-titres
captions-small = Ce que disent les autres, par écrit. Fait sur cet appareil, pour vous seul
captions-none = Ce que disent les autres s’écrira ici.
captions-failed = Les sous-titres ne peuvent pas s’afficher.
captions-failed-body = Le navigateur n’a pas pu se préparer à comprendre la parole sur cet appareil.
unfiltered = Le filtre de bruit ne fonctionne pas dans ce navigateur.
unfiltered-body = Le navigateur réduit maintenant le bruit lui-même.
speaker-gone = Le haut-parleur choisi n’est plus là.
speaker-gone-body = Le son sort maintenant du haut-parleur habituel.
speaker = Haut-parleur
speaker-usual = Celui du système
speaker-unnamed = Haut-parleur { $number }
speaker-choose = En choisir un autre…
speaker-test = Jouer un son
speaker-hint = Quatre notes, sur cet appareil seulement.
speaker-heard = L’entendez-vous ? Sinon, choisissez un autre haut-parleur, ou montez le volume.
level-try = Dites quelque chose : la barre doit bouger
blur = Flouter l’arrière-plan
blur-hint = C’est votre appareil qui le fait, avant que l’image n’en sorte.
voice-echo = Supprimer l’écho
voice-echo-hint = À couper seulement avec un casque
voice-even = Égaliser mon volume
noise = Bruit
noise-off = Laisser
noise-browser = Réduire
noise-filter = Filtrer
noise-filter-hint = Clavier, ventilateur et rue disparaissent, votre voix reste ; la musique en souffre. Cela se fait sur cet appareil.

## A video or sound file for everybody
film-share = Jouer une vidéo ou un son
film-share-small = Tout le monde voit et entend ; le fichier reste ici
film-choose = Fichier vidéo ou son
film-player = Votre fichier, joué pour tout le monde
film-stop = Arrêter
film-sharing = Vous jouez un fichier pour tout le monde.
film-ended = Le fichier n’est plus joué.
film-refused = Ce fichier ne peut pas être joué.
film-refused-body = Votre navigateur ne connaît pas son format. MP4, WebM, MP3 et WAV conviennent d’habitude.

## Seul
alone-title = Personne d’autre pour l’instant.
alone-body = Il n’y a encore que vous, ou le serveur vous tient à l’écart des autres : d’ici, on ne peut pas le savoir. Si quelqu’un vous dit être dans la salle, comparez le lien, puis quittez et revenez.
alone-left = Tout le monde est parti.
alone-left-body = Votre micro et votre caméra sont encore ouverts.
alone-left-mic = Votre micro est encore ouvert.
alone-left-camera = Votre caméra est encore ouverte.
alone-left-closed = Personne ne vous voit ni ne vous entend.
stay = Rester
leave = Quitter

## Messages
chat = Messages
chat-messages = Messages
chat-private = Seules les personnes dans la salle peuvent lire ceci. Tout finit avec la réunion.
chat-new = Nouveau
chat-message = Message
chat-placeholder = Écrire à tout le monde
chat-send = Envoyer
chat-too-long = Ce message est trop long. Raccourcissez-le.
chat-to = À
chat-everyone = Tout le monde
chat-placeholder-one = Écrire à { $name } seulement
chat-only-to = Vous, à { $name } seulement
chat-to-you = { $name }, à vous seulement
chat-answer = Répondre
chat-answer-to = Répondre à { $name } en privé
chat-away = Connexion perdue avec { $name }. Le message partira dès son retour.
chat-lost = Message non remis : { $name } n’est plus dans la salle.
chat-gone = { $name } n’est plus dans la salle, ou on ne peut pas lui écrire. Choisissez à qui ceci s’adresse.
chat-undelivered = non remis
act-write = Écrire en privé
chat-file-line = [fichier : { $name }]
file-add = Ajouter un fichier
file-list = Fichiers à envoyer
file-limit = Jusqu’à 50 Mo chacun. On peut les obtenir tant que vous êtes dans la réunion.
file-remove = Ne pas envoyer { $name }
file-too-large = { $name } est trop volumineux : 50 Mo au plus.
file-empty = { $name } est vide.
file-too-many = Dix fichiers à la fois, pas plus.
file-details-looking = On retire le lieu et les détails de l’appareil…
file-details-removed = Le lieu et les détails de l’appareil sont retirés.
file-details-kept = Peut dire où et quand c’était : ces détails partent avec le fichier.
file-had-by = { $count ->
    [one] Une personne l’a.
   *[other] { $count } personnes l’ont.
}
file-unreadable = Cet appareil ne peut plus le lire. Ajoutez-le de nouveau.
file-stay = On peut l’obtenir tant que vous êtes dans la réunion.
file-save = Enregistrer
file-get = Obtenir le fichier
file-show = Voir l’image
file-coming = { $percent } %
file-cancel = Annuler
file-waiting = En attente du retour de { $name }.
file-gone = On ne peut plus l’obtenir : { $name } a quitté la réunion.
file-failed = Le fichier n’arrive pas.
file-again = Réessayer
file-number = { $whole },{ $tenth }
file-kilobytes = { $size } ko
file-megabytes = { $size } Mo
chat-save = Enregistrer les messages dans un fichier
chat-saved = C’est enregistré. Le fichier est désormais sur cet appareil, pour quiconque s’en sert.
chat-newest = Aux plus récents
chat-newer = { $count ->
    [one] { $count } nouveau message
   *[other] { $count } nouveaux messages
}
chat-file-head = Messages de la salle « { $room } », { $date }

## Participants
participants = Participants
participants-in = Dans la salle
participants-host = Cette liste est la salle même : exactement ces personnes peuvent voir, entendre et lire.
person-came-back = après une absence
person-founder = a ouvert la salle
person-by = accueil par { $name }
person-by-you = accueil par vous
person-asked-by = accueil sans mot de passe par { $name }
person-asked-by-you = accueil sans mot de passe par vous
person-owner = a la présidence
person-verified = Vérifié
person-not-verified = Non vérifié
person-not-verified-long = Non vérifié : personne n’a encore comparé les mots avec cette personne.
person-microphone-on = Micro ouvert
person-microphone-off = Micro coupé
person-speaking = Parle
person-joining = arrive
person-away = connexion perdue

## Code de sûreté
code-title = Sommes-nous bien entre nous ?
code-title-one = Comparer avec { $name }
code-body-one = Au téléphone ou face à face : l’un lit ces mots à voix haute, l’autre suit à l’écran. S’ils sont les mêmes, vous êtes dans la même salle, et personne n’est entre vous.
code-ask-one = Inviter à comparer maintenant
code-check-alone = { $name } propose de comparer les mots avec vous.
code-body = L’un de vous lit ces mots à voix haute, les autres suivent à l’écran. Si tout le monde a les mêmes mots, personne n’écoute entre vous.
code-list = Mots, dans l’ordre
code-digits = Des langues différentes ? Lisez les chiffres.
code-hint = Les mots changent quand quelqu’un arrive ou part. Une seule fois suffit ; qui arrive plus tard compare avec l’un de vous.
code-wait = On cherche les mots…
code-alone = Il n’y a encore personne avec qui comparer. Les mots seront là dès que quelqu’un arrive.
code-came = { $name } vient d’arriver, les mots sont nouveaux. Reprenez au premier.
code-went = { $name } a quitté la réunion, les mots sont nouveaux. Reprenez au premier.
code-match = Ils concordent
code-differ = Ils diffèrent
code-ask = Inviter à comparer
code-asked = On a demandé à tout le monde d’ouvrir le code de sûreté.
code-check = { $name } demande à tout le monde de comparer les mots.
code-open = Comparer
differ-title = Les mots diffèrent.
differ-body = Taisez-vous, quittez la réunion, retrouvez-vous sous un autre nom.
differ-back = Revenir aux mots

## Inviter
invite-title = Inviter quelqu’un
invite-link = Le lien
invite-copy-link = Copier le lien
invite-copy-message = Copier un message tout prêt
invite-mail = Courriel
invite-subject = Invitation à une réunion
invite-calendar = Agenda
invite-share = Partager…
invite-copied = Copié.
invite-copy-failed = Le navigateur n’a pas permis de copier. Sélectionnez le texte et copiez-le vous-même.
invite-password = Le mot de passe, par une autre voie
invite-password-note = Dites le mot de passe au téléphone ou par une autre appli, jamais à côté du lien.
invite-copy-password = Copier le mot de passe
invite-qr = Code QR du lien
invite-qr-note = Pour un téléphone dans la même pièce. Ne contient que le lien.
invite-message = Retrouvons-nous à huis clos sur Incamera :
    { $link }
    Sans compte, sans installation. Ouvrez le lien et choisissez « Entrer ».
invite-message-password = Retrouvons-nous à huis clos sur Incamera :
    { $link }
    Sans compte, sans installation. La salle a un mot de passe, que je vous donne par une autre voie.

## Inviter pour plus tard
when-day = Jour
when-time = Heure
when-long = Durée
when-minutes = { $minutes } min
when-save = Enregistrer pour l’agenda
when-saved = Ouvrez le fichier, votre agenda le reprend. Il contient le lien, jamais le mot de passe.
when-missing = Choisissez un jour et une heure.
when-title = Réunion

## Réglages
settings-title = Réglages
settings-shortcuts = Raccourcis d’une lettre
settings-shortcuts-hint = M, V, C et les autres ; ? en donne la liste
settings-list = Voir les raccourcis

## Raccourcis
keys-title = Clavier
keys-m = Ouvrir ou couper le micro
keys-space = Parler micro coupé
keys-space-key = Espace, maintenu
keys-v = Ouvrir ou couper la caméra
keys-s = Partager un écran ou arrêter
keys-c = Messages
keys-p = Participants
keys-i = Inviter
keys-k = Code de sûreté
keys-g = Tout le monde, ou qui parle
keys-f = Plein écran
keys-f6 = Zone suivante : haut, vignettes, volet, barre
keys-help = Cette liste
keys-escape = Fermer ce qui s’est ouvert en dernier
keys-pages = Page de personnes précédente ou suivante
keys-pages-key = Page préc., Page suiv.
keys-note = Aucune touche ne quitte la réunion. Les lettres servent hors des champs de texte.

## Pendant la réunion
reconnecting = La connexion est tombée. On vous ramène.
reconnecting-body = Votre place est gardée, sans redonner le mot de passe.
wrong-password-first = Quelqu’un a donné un mauvais mot de passe. Personne n’est entré.
wrong-password-body = Premier essai. C’est souvent une faute de frappe d’une personne attendue.
wrong-password-again = { $count } mauvais mots de passe déjà. Personne n’est entré.
wrong-password-again-body = Si vous n’attendez personne, quelqu’un cherche à deviner. On ne lui montre rien ; après dix essais le mot de passe n’ouvre plus à personne.
door-closed = Après trop de mauvais mots de passe, plus personne n’entre par ce moyen.
door-closed-body = Les personnes présentes ne sont pas dérangées. À qui frappe sans mot de passe, vous pouvez toujours ouvrir.
tries-before = { $count ->
    [one] { $name } est là après un mauvais mot de passe.
   *[other] { $name } est là après { $count } mauvais mots de passe.
}
tries-before-body = Si { $name } ne vous dit rien, comparez les mots.
left-title = { $name } a quitté la réunion
left-body = La porte se referme : rien de ce qui se dit désormais ne peut parvenir à { $name }.
owner-you = Vous avez la présidence
owner-is = { $name } a la présidence
split-title = Tout le monde ne voit pas la même salle.
split-body = Certaines personnes ne s’entendent peut-être pas, ou le serveur vous montre des salles différentes. Ne dites rien de confidentiel tant que ceci reste. Si cela dure, quittez et retrouvez-vous sous un autre nom.
split-healed = Tout le monde est de nouveau dans la même salle.
committer-broken = { $name } ne parvient pas à refermer la porte
committer-broken-body = Les autres refusent ce qui en vient. Demandez à { $name } de quitter et de revenir.
knock-title = { $name } frappe à la porte
knock-question = Demandez quatre mots à { $name }. Est-ce bien ceux-ci ?
knock-same = Mêmes mots, ouvrir
knock-unverified = Ouvrir sans vérifier
knock-not-now = Pas maintenant
knock-more = Écrire à la porte
knock-others = { $count ->
    [one] Encore une personne à la porte
   *[other] Encore { $count } personnes à la porte
}
door-waiting = À la porte
door-nobody = Personne n’est à la porte.
door-admit-all = Ouvrir à tout le monde sans vérifier
door-line = Écrire à qui attend à la porte
door-line-hint = Seules les personnes qui attendent le lisent.
door-line-sent = Envoyé.
said-knocking = { $name } frappe à la porte.
said-several-knocking = { $count } personnes frappent à la porte.
forged = Quelqu’un dans cette salle envoie du son ou des images au nom de { $name }
forged-body = Ce que vous entendez ou voyez comme venant de { $name } peut venir d’une autre personne de la salle. De qui, personne ne peut le dire.
forged-you = Quelqu’un dans cette salle envoie du son ou des images en votre nom
forged-you-body = Dites aux autres quelles paroles sont les vôtres.
forged-elsewhere = { $by } a reçu au nom de { $name } quelque chose que { $name } n’a pas envoyé
forged-elsewhere-body = Votre propre son et vos images n’en montrent rien.
forged-elsewhere-you = { $by } a reçu en votre nom quelque chose que vous n’avez pas envoyé
unvouched = Le son et l’image de { $name } ne sont pas confirmés
unvouched-body = Ce qui confirme qu’ils viennent de { $name } n’arrive pas. La connexion est peut-être mauvaise, ou quelqu’un le retient.
notes = Avis
dismiss = Fermer l’avis
alert-lost = La connexion est tombée. On vous ramène. Votre place est gardée.
said-back = Vous êtes de retour dans la salle.
said-microphone-on = Votre micro est ouvert.
said-microphone-off = Votre micro est coupé.
said-camera-on = Votre caméra est ouverte.
said-camera-off = Votre caméra est coupée.
said-arrived = { $name } arrive.
said-several-arrived = { $count ->
    [one] Une personne arrive.
   *[other] { $count } personnes arrivent.
}
said-left = { $name } a quitté la réunion.
said-several-left = { $count ->
    [one] Une personne a quitté la réunion.
   *[other] { $count } personnes ont quitté la réunion.
}
said-message = Message de { $name }
said-several-messages = { $count } messages
said-page = Page { $page } sur { $pages }

## Après
after-page = Réunion quittée · Incamera
after-title = La porte est refermée derrière vous.
after-removed-title = Vous n’êtes plus dans la réunion.
after-lost-title = La connexion est perdue.
after-server = Sur le serveur : rien
after-server-body = Il ne garde ni image, ni mot, ni nom. Ce qu’il a transporté, il ne pouvait pas l’ouvrir.
after-device = Sur cet appareil : rien de la réunion
after-device-body = Les messages et le mot de passe ont disparu avec elle. Votre navigateur garde peut-être le lien dans son historique.
after-device-kept = Sur cet appareil : ce que vous vouliez garder
after-device-room = Le nom de la salle, la date de votre visite, votre propre nom et votre choix de qualité des images. Les messages et le mot de passe ont disparu.
after-device-file = Le fichier que vous avez enregistré reste là où votre navigateur l’a mis.
after-device-chat = Sur cet appareil : les messages, tant que vous restez sur cette page
after-device-chat-body = Ils ne sont nulle part ailleurs que dans cette page, et disparaissent quand vous la quittez. Votre navigateur garde peut-être le lien dans son historique.
after-save-chat = Enregistrer les messages
after-device-listed = Le nom de la salle, la date de votre visite, votre propre nom et votre choix de qualité des images restent, comme vous le vouliez.
after-others = Chez les autres
after-others-body = Ce que chacun a vu et entendu, chacun le sait. Rien de ce qui se dit désormais ne peut vous parvenir.
after-again = Y retourner
after-new = Nouvelle réunion
after-burn = Tout brûler
after-burn-body = Oublie le lien, le mot de passe et les noms dans cette page, et la liste des salles visitées. Les personnes encore dans la salle n’en sont pas dérangées.

## Trop ancien
old-page = Ce navigateur ne peut pas entrer · Incamera
old-title = Ce navigateur ne sait pas garder la porte fermée.
old-frames = Il lui manque de quoi protéger l’image et le son avant qu’ils quittent votre appareil. Plutôt ne pas vous laisser entrer que vous laisser entrer sans protection. Un Firefox, Chrome, Edge ou Safari récent en est capable.
old-secure = Cette page n’est pas venue par une connexion protégée : le navigateur garde fermés la caméra, le micro et le reste. Ouvrez-la par une adresse qui commence par https://, ou demandez à qui tient ce serveur.
old-platform = Un élément nécessaire aux réunions manque ou est désactivé. Un Firefox, Chrome, Edge ou Safari récent en est capable.
old-app = Ouvert depuis une messagerie ? Son menu permet d’ouvrir la page dans votre vrai navigateur.
old-copy = Copier le lien
old-ios = Sur iPhone et iPad, cela vient avec le système : mettez-le à jour vers la version 17.5 ou une plus récente.

## Dans la fenêtre d’une autre appli
inside-page = Ouvrez dans votre navigateur · Incamera
inside-title = Ouvrez cette page dans votre navigateur.
inside-app = { $app } montre cette page dans sa propre fenêtre, où caméra et micro restent souvent fermés.
inside-some-app = Une appli montre cette page dans sa propre fenêtre, où caméra et micro restent souvent fermés.
inside-android = Touchez les trois points dans le coin, puis « Ouvrir dans le navigateur » ou « Ouvrir dans Chrome ».
inside-ios = Touchez les trois points ou la boussole dans le coin, puis « Ouvrir dans le navigateur » ou « Ouvrir dans Safari ».
inside-or-copy = Ou copiez le lien et collez-le dans votre navigateur, là où vont les adresses.
inside-anyway = Essayer ici quand même

## Que peut voir ce site ?
trust-title = Que peut voir ce site ?
trust-body = Image, son, messages et noms sont chiffrés sur votre appareil et déchiffrés sur ceux des autres. Le serveur ne peut rien en ouvrir, et il ne peut pas essayer de mots de passe tout seul : chaque essai passe par quelqu’un dans la salle, qui le voit.
trust-sees = Il voit combien de personnes participent, leurs adresses réseau, quand, et combien elles envoient. Un nom de salle facile à deviner, il peut le deviner.
trust-page = Une chose demande votre confiance : cette page. Elle vient de ce serveur, et un serveur malhonnête pourrait en envoyer une autre. Comparez le code de sûreté, et si l’enjeu est grand prenez la page à une source sûre.
trust-page-own = Il ne peut pas non plus changer cette page : elle vient d’un programme de cet ordinateur, et non de { $host }, qui ne fait que transporter la réunion.
trust-page-words = Qui a la même page voit ici ces douze mots, et peut vous les lire :
kept-title = Garder cette version de la page
kept-none = Ce navigateur peut garder la page telle que le site l’envoie maintenant, et vous demander votre accord avant qu’une autre la remplace. Ses douze mots se comparent à ceux que l’exploitant du site vous dit par une autre voie.
kept-busy = Un instant…
kept-failed = La page n’a pas pu être gardée : le réseau manque, ou ce navigateur ne le permet pas.
kept-keep = Garder cette version
kept-since = Ce navigateur garde cette version depuis le { $time }. Ses douze mots :
kept-limits = Avant qu’une autre ne fonctionne, on vous demandera. Un site malveillant peut encore remplacer ce qui demande ; la page venue d’un programme à vous (incamera join), il ne peut pas la remplacer.
kept-offered = Le site envoie maintenant une autre version :
kept-let-go = Ne plus la garder
kept-replaced = Ce site remplace ce qui garde votre page
kept-replaced-body = Ce navigateur garde une version de cette page. Alors que la page elle-même n’a pas changé, le site vient d’envoyer un autre script à la place de celui qui vous demande votre accord avant qu’une autre version ne fonctionne. Désormais, il pourrait vous montrer une autre page sans rien demander.
kept-replaced-advice = Après une mise à jour du site, c’est normal : demandez les douze mots à la personne qui l’exploite, par téléphone par exemple. Tant qu’ils n’ont pas été comparés, ne tapez aucun mot de passe ici et n’entrez dans aucune salle d’ici. La page venue d’un programme à vous (incamera join), aucun site ne peut la remplacer.

## Autorité
actions-for = Actions pour { $name }
act-compare = Comparer les mots
act-compare-small = Ensuite { $name } compte comme vérifié
act-hand-over = Céder la présidence
act-hand-over-small = Vous restez à la modération
act-moderator = Nommer à la modération
act-moderator-small = Peut accueillir, couper et exclure
act-no-moderator = Retirer de la modération
act-speak = Donner la parole
act-no-speak = Reprendre la parole
act-mute = Couper le micro
act-remove = Exclure de la réunion
person-moderator = à la modération
person-may-not-speak = n’a pas la parole
lock-title = Ne plus laisser entrer
lock-hint = Même avec le mot de passe
mute-everyone = Couper tous les autres micros
rules-open = Règles et mot de passe
rules-title = Règles et mot de passe
rule-speak = Seule la modération parle
rule-speak-hint = Les autres micros restent coupés tant que vous ne donnez pas la parole
rule-chat = Seule la modération écrit des messages
rule-share = Seule la modération partage son écran
rule-waiting = On peut demander à entrer
rule-waiting-hint = Sans le mot de passe ; vous voyez qui demande
rule-signed = Chacun signe ce qu’il envoie
rule-signed-hint = Montre quand quelqu’un dans la salle parle avec la voix d’un autre. Cela prouve aussi qui a dit quoi.
password-section = Le mot de passe
password-now-some = La salle a un mot de passe.
password-now-none = La salle n’a pas de mot de passe : le lien suffit.
password-now-closed = Le mot de passe n’ouvre à personne pour l’instant.
password-unknown = Quelqu’un d’autre a choisi le mot de passe actuel. Demandez-le, ou choisissez-en un autre.
password-new = Nouveau mot de passe
password-set = Changer le mot de passe
password-lift = Ouvrir par le lien seul
password-changed = C’est fait. Dans la salle rien ne change ; qui arrive désormais en a besoin.
password-lifted = C’est fait. Le lien seul ouvre maintenant la salle.
password-bad-common = Trop de gens utilisent celui-ci. Trois mots ordinaires valent mieux.
password-bad-empty = Tapez d’abord un mot de passe.
remove-title = Exclure { $name } ?
remove-body = Dès cet instant, rien de ce qui se dit ne parvient à { $name }.
remove-ban = Et que le mot de passe n’ouvre plus à personne
remove-ban-hint = { $name } le connaît. Choisissez-en un nouveau ensuite ; d’ici là on peut seulement demander à entrer.
remove-guests = { $count ->
    [one] Exclure aussi la personne que { $name } a fait entrer et avec qui nul n’a comparé les mots
   *[other] Exclure aussi les { $count } personnes que { $name } a fait entrer et avec qui nul n’a comparé les mots
}
remove-do = Exclure
cancel = Annuler
leave-small = { $name } prend la présidence
leave-burn = Quitter et brûler
leave-burn-small = Rien n’en reste sur cet appareil
leave-burn-moderator = Rien n’en reste ici, et le lien n’ouvre plus rien
end-for-all = Clore la réunion pour tous
end-title = Clore la réunion pour tous ?
end-body = Tout le monde sort, et personne ne peut revenir dans cette réunion.
end-do = Clore
put-out-by = { $by } a exclu { $name }
put-out-you = { $name } n’est plus dans la réunion
muted-by = { $name } a coupé votre micro
muted-by-body = Vous seul pouvez le rouvrir.
muted-rule = Seule la modération parle
muted-rule-body = Votre micro reste coupé jusqu’à ce qu’on vous donne la parole.
microphone-not-allowed = Seule la modération parle pour l’instant
not-done = Cela n’a pas pu se faire
not-done-body = Quelqu’un a été plus rapide, ou ce n’est plus à vous d’en décider.
lingering-title = Presque tout le monde est parti.
lingering-body = Les personnes encore là vous entendent toujours. Si vous avez fini, quittez aussi.
new-password = Le mot de passe a changé
new-password-body = Qui arrive désormais a besoin du nouveau. Vous n’avez rien à faire.
chat-moderators = Seule la modération écrit ici pour l’instant.
chat-moderators-alone = Seule la modération écrit ici pour l’instant. Vous pouvez écrire à une personne qui modère, à elle seule.
end-locked = Les personnes dans la salle ne laissent plus entrer personne pour l’instant.
end-ask = Le mot de passe n’ouvre à personne pour l’instant. Demandez qu’on vous ouvre : quelqu’un dans la salle ouvrira la porte.
end-ended = Cette réunion a été close pour tous.
after-ended-title = La réunion est close.
after-ended-by = { $name } l’a close pour tous.
after-burnt-title = Brûlé.
after-burnt = Rien de la réunion ne reste dans cette page : ni lien, ni mot de passe, ni nom. L’historique de votre navigateur peut encore citer l’adresse.
after-again-advice = Une nouvelle réunion ? Choisissez un autre mot de passe : les personnes exclues connaissent encore l’ancien.
invite-other-password = Quelqu’un d’autre a choisi le mot de passe actuel : demandez-le, ou changez-le.
invite-closed = Personne ne peut entrer par ce lien pour l’instant.

## Mains levées et réactions
bar-hand = Main
hand-raise = Lever la main
hand-lower = Baisser la main
hand-lowered-by = { $name } a baissé votre main
hand-still-up = Vous parlez. Baisser la main ?
tile-hand = main levée, numéro { $place }
act-lower-hand = Baisser la main
lower-all-hands = Baisser toutes les mains
keys-h = Lever ou baisser la main
said-hand-up = Votre main est levée.
said-hand-down = Votre main est baissée.
said-hand = { $name } lève la main.
said-several-hands = { $count } personnes lèvent la main.
bar-react = Réagir
react = Réagir
react-applause = Applaudir
react-agree = D’accord
react-disagree = Pas d’accord
react-heart = Cœur
react-laugh = Rire
react-surprise = Surprise
reacts-applause = { $count ->
    [one] { $name } applaudit.
   *[other] { $count } personnes applaudissent.
}
reacts-agree = { $count ->
    [one] { $name } est d’accord.
   *[other] { $count } personnes sont d’accord.
}
reacts-disagree = { $count ->
    [one] { $name } n’est pas d’accord.
   *[other] { $count } personnes ne sont pas d’accord.
}
reacts-heart = { $count ->
    [one] { $name } envoie un cœur.
   *[other] { $count } personnes envoient un cœur.
}
reacts-laugh = { $count ->
    [one] { $name } rit.
   *[other] { $count } personnes rient.
}
reacts-surprise = { $count ->
    [one] Surprise de { $name }.
   *[other] Surprise de { $count } personnes.
}

## Plus
more = Plus
more-quality-small = Plus nette, moins de données, ou le son seul
more-settings-small = Appareils, langue, apparence
more-votes = { $count ->
    [one] Plus, un vote vous attend
   *[other] Plus, { $count } votes vous attendent
}

## Minuteur
timer = Minuteur
timer-minutes = Minutes
timer-label = Pour quoi (visible de tout le monde)
timer-start = Démarrer
timer-more = Une minute de plus
timer-stop = Arrêter
timer-sound = Son à la fin
timer-sound-hint = Sur cet appareil seulement
timer-moderators = Seule la modération démarre un minuteur ici pour le moment.
timer-over = C’est l’heure
timer-over-of = C’est l’heure : { $label }
timer-said-started = { $name } démarre un minuteur.
timer-said-changed = Le minuteur a été changé.
timer-said-stopped = Le minuteur a été arrêté.

## Votes
votes = Votes
vote-none = Aucune question pour le moment.
vote-new = Nouveau vote
vote-question = Question
vote-answer = Réponse { $number }
vote-add = Une réponse de plus
vote-yes-no = Oui ou non
vote-yes = Oui
vote-no = Non
vote-many = Plusieurs réponses possibles
vote-ask = Demander à tous
vote-moderators = Seule la modération ouvre des votes ici pour le moment.
vote-one-at-a-time = Votre vote est en cours. Fermez-le pour demander autre chose.
vote-opened = { $name } demande à tout le monde
vote-answer-now = Voter
vote-closed = Le vote est terminé
vote-see = Voir le résultat
vote-said-opened = { $name } ouvre un vote : { $question }
vote-said-closed = Le vote est terminé : { $question }
vote-by = par { $name }
vote-one = une réponse
vote-several = plusieurs réponses
vote-open = tout le monde verra ensuite qui a choisi quoi
vote-cast = Voter
vote-blank = S’abstenir
vote-mine = Votre vote : { $answers }
vote-mine-blank = Vous avez choisi l’abstention.
vote-voted = { $voted } sur { $voters } ont voté
vote-close = Fermer le vote
vote-results-of = Résultat : { $question }
vote-count = { $count } ({ $part } %)
vote-yours = votre vote
vote-line = Vote : { $question } – { $answers }
vote-secret = Secret
vote-secret-hint = Personne n’apprend qui a choisi quoi, vous non plus. Votent les personnes présentes maintenant.
vote-secret-few = À partir de trois personnes, un vote peut être secret.
vote-is-secret = secret : personne n’apprend qui a choisi quoi
vote-gathering = Un instant, chaque personne reçoit son bulletin.
vote-watch = Ce vote a commencé avant votre arrivée. Vous en verrez le résultat.
vote-counting = On compte les voix. Qui n’avait pas voté s’abstient.
vote-void = Ce vote n’a pas pu être compté : il restait moins de trois personnes, ou quelqu’un est parti pendant le décompte. Posez la question à nouveau.
vote-without = Parti avant le décompte : { $names }. On compte sans.
vote-asked-again = Parti : { $names }. Vous êtes { $voters } à voter maintenant. Votez à nouveau : votre premier choix n’a pas été déposé.
vote-said-again = Plusieurs personnes sont parties, votez à nouveau : { $question }

## Le diagnostic
doctor-link = Vérifier cet appareil et ce réseau
doctor-page = Incamera – une réunion fonctionnerait-elle ici ?
doctor-title = Une réunion fonctionnerait-elle ici ?
doctor-lead = Cette page se réunit avec elle-même : dans une salle que personne d’autre ne connaît, elle envoie à cet hôte une image inventée et un son discret, puis regarde ce qui revient. Votre caméra et votre micro restent fermés, et vous n’entendez rien.
doctor-begin = Commencer
doctor-again = Recommencer
doctor-copy = Copier le rapport
doctor-copied = Le rapport est copié. Il contient les lignes ci-dessus, le nom de ce site et l’heure, rien sur vous.
doctor-running = Vérification en cours. Elle prend au plus une minute.
doctor-sum-good = Les réunions fonctionnent ici.
doctor-sum-fair = Les réunions fonctionnent ici. Certaines choses pourraient aller mieux.
doctor-sum-bad = Une réunion n’aurait pas lieu ici.
doctor-lines = Ce qui a été trouvé
doctor-sent = Envoyé
doctor-received = Reçu
doctor-operator = Pour qui gère cet hôte :
doctor-sign-waiting = à venir
doctor-sign-trying = en cours
doctor-sign-good = bon
doctor-sign-unknown = inconnu
doctor-sign-fair = pourrait aller mieux
doctor-sign-bad = à réparer
doctor-waiting = Pas encore vérifié.
doctor-trying = Vérification…
doctor-untried = N’a pas pu être vérifié.
doctor-no-way = Rien ne trouve son chemin : votre réseau retient peut-être tout sauf les pages. Essayez-en un autre, celui d’un téléphone par exemple.
doctor-no-way-operator = S’il en va ainsi sur tous les réseaux, ouvrez le port des médias en UDP et en TCP, et lancez « incamera doctor ».
doctor-address = Adresse de cette page
doctor-address-good = Les navigateurs y permettent des réunions.
doctor-address-bad = Les navigateurs n’y permettent aucune réunion. Prenez l’adresse qui commence par https://.
doctor-address-operator = Donnez un certificat à l’hôte (« domain »), ou placez devant lui un mandataire qui en a un.
doctor-browser = Votre navigateur
doctor-browser-good = Il a tout ce qu’il faut pour une réunion.
doctor-browser-bad = Il ne sait pas garder la porte fermée : il lui manque de quoi sceller image et son. Prenez un Firefox, Chrome, Edge ou Safari récent.
doctor-clock = Horloge
doctor-clock-good = La vôtre et celle de l’hôte s’accordent.
doctor-clock-fair = La vôtre et celle de l’hôte diffèrent de { $number } secondes. Laissez votre appareil régler son horloge tout seul.
doctor-clock-operator = S’il en va ainsi sur tous les appareils, réglez l’horloge de l’hôte.
doctor-clock-unknown = L’hôte ne dit pas quelle heure il a.
doctor-room = Salle
doctor-room-good = Une salle s’est ouverte, et l’on a pu y entrer.
doctor-room-full = L’hôte n’accepte plus personne ou plus de salle pour l’instant. Réessayez plus tard.
doctor-room-full-operator = Son journal dit quelle limite est atteinte : « connections », ou la part d’un réseau.
doctor-room-reserved = Cet hôte ne laisse que certaines personnes ouvrir une salle, et cette page n’a rien demandé. Essayez dans une réunion.
doctor-room-version = Cette page et l’hôte sont de versions différentes. Rechargez la page.
doctor-room-bad = Aucune salle n’a pu s’ouvrir. Quelque chose entre vous et l’hôte la retient peut-être : essayez un autre réseau.
doctor-room-operator = Un mandataire placé devant doit transmettre « Upgrade » et « Connection » sur /ws en HTTP/1.1, et « Host » tel quel.
doctor-picture = Image
doctor-picture-good = { $number } images inventées sont parties et ont été vues.
doctor-picture-bad = Aucune n’a été vue, bien qu’il y ait un chemin. Rechargez la page et recommencez, ou essayez un autre navigateur.
doctor-sound = Son
doctor-sound-good = Un son inventé est parti et a été entendu.
doctor-sound-unmade = N’a pas pu être vérifié : ce navigateur ne trouve aucun haut-parleur ici.
doctor-sound-bad = Rien n’a été entendu, bien qu’il y ait un chemin. Rechargez la page et recommencez, ou essayez un autre navigateur.
doctor-way = Chemin pris
doctor-way-udp = UDP, tout droit vers l’hôte : le meilleur qui soit.
doctor-way-tcp = TCP : les réunions fonctionnent, moins bien sur de mauvais réseaux.
doctor-way-relay = Le relais de l’hôte : les réunions fonctionnent, moins bien sur de mauvais réseaux.
doctor-delay = Délai
doctor-delay-good = { $number } ms aller-retour jusqu’à l’hôte.
doctor-delay-fair = { $number } ms aller-retour jusqu’à l’hôte : on se coupera la parole. Un câble, ou une place plus près de la box, aide souvent.
doctor-loss = Pertes
doctor-loss-good = Presque tout est arrivé.
doctor-loss-fair = { $number } % ne sont pas arrivés : les images seront petites ou figées. Un câble, ou une place plus près de la box, aide souvent.
doctor-udp = UDP seul
doctor-udp-good = Fonctionne.
doctor-udp-fair = Votre réseau ne laisse pas passer UDP. Les réunions fonctionnent en TCP, moins bien.
doctor-udp-operator = S’il en va ainsi sur tous les réseaux, ouvrez le port des médias en UDP dans le pare-feu et le routeur, ou nommez l’adresse de l’hôte par « public-address ».
doctor-tcp = TCP seul
doctor-tcp-good = Fonctionne, pour les réseaux sans UDP.
doctor-tcp-fair = Image et son ne trouvent pas de chemin en TCP. Là où UDP fonctionne, vous n’en avez pas besoin.
doctor-tcp-operator = Ouvrez aussi le port des médias en TCP : les gens sur des réseaux sans UDP en dépendent.
doctor-relay = Relais seul
doctor-relay-good = Fonctionne, pour les réseaux qui ne laissent passer rien d’autre.
doctor-relay-fair = Image et son ne trouvent pas de chemin par le relais de l’hôte, ou il n’en a pas. Là où un autre chemin fonctionne, vous n’en avez pas besoin.
doctor-relay-operator = Voyez si « relay » est actif, et lancez « incamera doctor ».
