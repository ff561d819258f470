# Random-effects meta-analysis with metafor; writes meta_analysis.json.
# Rscript tests/reference/models/meta_analysis.R tests/reference/models
suppressPackageStartupMessages({library(jsonlite); library(metafor)})
folder <- commandArgs(trailingOnly = TRUE)[1]

bcg <- escalc(measure = "RR", ai = tpos, bi = tneg, ci = cpos, di = cneg, data = dat.bcg)
cor_set <- escalc(measure = "ZCOR", ri = ri, ni = ni, data = dat.molloy2014)
prop <- escalc(measure = "PLO", xi = xi, ni = ni, data = dat.debruin2009)
prop_small <- data.frame(yi = c(0.1, -0.2, 0.05, 0.3, -0.1), vi = c(0.2, 0.25, 0.3, 0.22, 0.4))
sets <- list(bcg = bcg, molloy = cor_set, debruin = prop, homogeneous = prop_small)

precise <- list(REML = list(threshold = 1e-12, maxiter = 1000), PM = list(tol = 1e-15, maxiter = 1000))
one <- function(d, method, test) {
  control <- if (is.null(precise[[method]])) list() else precise[[method]]
  fit <- rma(yi, vi, data = d, method = method, test = test, control = control)
  p <- predict(fit)
  if (method == "EE") p <- list(pi.lb = fit$ci.lb, pi.ub = fit$ci.ub) # no spread: predicts its mean
  list(value = as.numeric(fit$beta), se = fit$se, ci_low = fit$ci.lb, ci_high = fit$ci.ub, p = fit$pval,
       pi_low = p$pi.lb, pi_high = p$pi.ub, tau2 = fit$tau2, I2 = fit$I2, H2 = fit$H2, Q = fit$QE, Q_p = fit$QEp)
}
result <- list()
for (name in names(sets)) {
  d <- sets[[name]]
  write.csv(data.frame(yi = as.numeric(d$yi), vi = as.numeric(d$vi)),
            file.path(folder, "data", paste0("meta_", name, ".csv")), row.names = FALSE)
  for (method in c("REML", "DL", "PM", "EE")) for (test in c("z", "knha", "adhoc")) {
    if (method == "EE" && test != "z") next
    result[[name]][[method]][[test]] <- one(d, method, test)
  }
}
transformed <- list(
  zcor = escalc(measure = "ZCOR", ri = c(-0.3, 0.1, 0.55), ni = c(20, 55, 394)),
  plo = escalc(measure = "PLO", xi = c(3, 0, 20, 40), ni = c(10, 12, 20, 90)))
write_json(list(r = R.version.string, metafor = as.character(packageVersion("metafor")), sets = result,
                transformed = lapply(transformed, function(x) list(yi = as.numeric(x$yi), vi = as.numeric(x$vi)))),
           file.path(folder, "meta_analysis.json"), auto_unbox = TRUE, digits = 15, pretty = TRUE)
