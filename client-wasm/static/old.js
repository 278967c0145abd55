// Only browsers that know no modules run this: they are too old for everything else here, and a blank page says nothing.
(function () {
  var french = (navigator.language || "").indexOf("fr") === 0;
  var sentence = document.createElement("p");
  sentence.id = "broken";
  sentence.className = "broken";
  sentence.setAttribute("role", "alert");
  sentence.appendChild(document.createTextNode(french
    ? "Ce navigateur est trop ancien pour Incamera. Ouvrez ce lien dans une version récente de Firefox, Chrome, Edge ou Safari."
    : "This browser is too old for Incamera. Open this link in a current Firefox, Chrome, Edge or Safari."));
  document.body.appendChild(sentence);
})();
