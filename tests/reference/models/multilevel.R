# Random intercepts of two and three levels; reads data/survey_simulated.csv, writes multilevel.json.
# Rscript tests/reference/models/multilevel.R tests/reference/models
suppressPackageStartupMessages({library(jsonlite); library(lme4); library(lmerTest); library(nlme)})
folder <- commandArgs(trailingOnly = TRUE)[1]
d <- read.csv(file.path(folder, "data", "survey_simulated.csv"))
exact <- lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-12, maxfun = 1e5), calc.derivs = TRUE)
forms <- list(two = "(1 | unit)", three = "(1 | unit) + (1 | county)", four = "(1 | unit) + (1 | county) + (1 | province)")
one <- function(form, reml, y = "imbalance", x = "pressure + conflict + age") {
  fit <- lmerTest::lmer(as.formula(paste(y, "~", x, "+", form)), d, REML = reml, control = exact)
  v <- as.data.frame(VarCorr(fit)); v <- setNames(v$vcov, v$grp)
  c(list(beta = unname(fixef(fit)), se = unname(sqrt(diag(as.matrix(vcov(fit))))), loglik = as.numeric(logLik(fit)),
         variances = unname(v[intersect(c("unit", "county", "province", "Residual"), names(v))])),
    if (reml) list(df = unname(coef(summary(fit))[, "df"])))
}
cases <- lapply(forms, function(f) list(REML = one(f, TRUE), ML = one(f, FALSE)))

# Uncertainty of the variances: nlme's approximate covariance of the log standard deviations.
lme_fit <- lme(imbalance ~ pressure + conflict + age, random = ~ 1 | county/unit, data = d, method = "REML",
               control = lmeControl(opt = "optim", msTol = 1e-12, reltol = 1e-14, tolerance = 1e-12, returnObject = TRUE))
sds <- sqrt(diag(lme_fit$apVar)) # log sd of unit, county, residual

# Tests: terms (ML), the county level (REML), any grouping (REML against lm).
full <- lmer(imbalance ~ pressure + conflict + age + (1 | unit), d, REML = FALSE, control = exact)
less <- lmer(imbalance ~ pressure + (1 | unit), d, REML = FALSE, control = exact)
plain <- lm(imbalance ~ pressure + conflict + age, d)
chi2 <- list(terms = as.numeric(2 * (logLik(full) - logLik(less))),
             county = 2 * (cases$three$REML$loglik - cases$two$REML$loglik),
             grouping = 2 * (cases$two$REML$loglik - as.numeric(logLik(plain, REML = TRUE))))

# 2-1-1: unit means of the mediator.
d$mean <- ave(d$conflict, d$unit); d$within <- d$conflict - d$mean
A <- lmer(conflict ~ pressure + age + (1 | unit), d, control = exact)
B <- lmer(imbalance ~ pressure + within + mean + age + (1 | unit), d, control = exact)
a <- fixef(A)["pressure"]; b <- fixef(B)["mean"]
va <- vcov(A)["pressure", "pressure"]; vb <- vcov(B)["mean", "mean"]
version <- function(p) as.character(packageVersion(p))
write_json(list(
  r = R.version.string, packages = list(lme4 = version("lme4"), lmerTest = version("lmerTest"), nlme = version("nlme")),
  cases = cases, log_sd_se = unname(sds), chi2 = chi2,
  mediation = list(a = unname(a), between = unname(b), within = unname(fixef(B)["within"]), direct = unname(fixef(B)["pressure"]),
                   indirect = unname(a * b), delta_se = unname(sqrt(a^2 * vb + b^2 * va)))
), file.path(folder, "multilevel.json"), auto_unbox = TRUE, digits = 15, pretty = TRUE)
