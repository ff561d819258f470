// The switch keeps the place on the page and the words searched for.
(function () {
  function keepPlace() {
    document.querySelectorAll("a.gr-switch").forEach(function (a) {
      a.href = a.href.split(/[?#]/)[0] + location.search + location.hash;
    });
  }
  // What was linked to is unfolded: what it lies in, a row's origin, a cell's code.
  function unfold() {
    var place = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!place) return;
    for (var around = place; around; around = around.parentElement) if (around.tagName === "DETAILS") around.open = true;
    var within = place.matches("tr") ? place : place.matches(".gr-cell") ? codeOf(place) : null;
    var fold = within && within.querySelector("details");
    if (fold) fold.open = true;
    place.scrollIntoView();
  }
  function codeOf(mark) {
    var next = mark.nextElementSibling;
    while (next && next.matches(".gr-cell")) next = next.nextElementSibling;
    return next;
  }
  function arrived() { keepPlace(); unfold(); }
  document.addEventListener("DOMContentLoaded", arrived);
  window.addEventListener("hashchange", arrived);
  // Paper has no folds.
  window.addEventListener("beforeprint", function () {
    document.querySelectorAll("details.gr-fold").forEach(function (fold) { fold.open = true; });
  });
})();

// Search shows the words around what was found, from files alone: texts come as a script.
(function () {
  var AROUND = 90;
  function snippet(text, terms) {
    var low = text.toLowerCase();
    var places = terms.map(function (term) { return [low.indexOf(term), term.length]; })
      .filter(function (place) { return place[0] >= 0; });
    if (!places.length) return null;
    places.sort(function (a, b) { return b[1] - a[1] || a[0] - b[0]; });
    var at = places[0][0], end = at + places[0][1];
    var from = Math.max(0, at - AROUND), to = Math.min(text.length, end + AROUND);
    var line = document.createElement("p");
    line.className = "gr-snippet";
    line.append((from ? "\u2026" : "") + text.slice(from, at));
    line.appendChild(document.createElement("mark")).textContent = text.slice(at, end);
    line.append(text.slice(end, to) + (to < text.length ? "\u2026" : ""));
    return line;
  }
  function termsOf(query) {
    var whole = query.trim().toLowerCase();
    var words = whole.split(/[\s\p{P}]+/u).filter(function (word) { return word.length > 1; });
    var stems = words.map(function (word) { return word.length > 5 ? word.slice(0, -2) : word; });
    return [whole].concat(words, stems).filter(Boolean);
  }
  function addTo(item, texts, terms) {
    var link = item.querySelector("a");
    if (!link || item.querySelector(".gr-snippet")) return;
    var page = link.getAttribute("href").split("#")[0].replace(/\.html$/, "");
    var found = texts[page] && snippet(texts[page], terms);
    if (found) item.appendChild(found);
  }
  function follow(list, texts) {
    var terms = termsOf(new URLSearchParams(location.search).get("q") || "");
    function all() {
      list.querySelectorAll("ul.search > li").forEach(function (item) { addTo(item, texts, terms); });
    }
    new MutationObserver(all).observe(list, { childList: true, subtree: true });
    all();
  }
  document.addEventListener("DOMContentLoaded", function () {
    var list = document.getElementById("search-results");
    if (!list) return;
    var texts = document.createElement("script");
    texts.src = "searchtexts.js";
    texts.onload = function () { follow(list, window.grTexts || {}); };
    document.head.appendChild(texts);
  });
})();
