(function () {
  var zh = (navigator.languages || [navigator.language || ""])[0].toLowerCase().indexOf("zh") === 0;
  if (!/[?&]choose/.test(location.search)) location.replace((zh ? "zh" : "en") + "/index.html");
})();
