// The switch keeps the place on the page and the words searched for.
(function () {
  function keepPlace() {
    document.querySelectorAll("a.gr-switch").forEach(function (a) {
      a.href = a.href.split(/[?#]/)[0] + location.search + location.hash;
    });
  }
  // A cell that was linked to shows its code.
  function openCell() {
    var cell = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!cell || !cell.classList.contains("gr-cell")) return;
    var next = cell.nextElementSibling;
    var fold = next && next.querySelector("details");
    if (fold) fold.open = true;
  }
  function arrived() { keepPlace(); openCell(); }
  document.addEventListener("DOMContentLoaded", arrived);
  window.addEventListener("hashchange", arrived);
})();
