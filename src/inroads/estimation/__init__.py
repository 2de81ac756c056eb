"""From a panel of markets to parameters: demand, alone or with supply, by GMM."""
